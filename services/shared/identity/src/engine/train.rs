//! The model learned from unlabelled records, by expectation and maximisation.
//!
//! Every pair of candidates belongs to one of the hypotheses, nobody knows which. The present model says how likely
//! each is; counting by these shares gives the next model. What few pairs show keeps close to general knowledge. What people
//! answered is known; their answers also tell how far the odds can be trusted.

mod answers;
mod sources;

use super::base::Base;
use super::compare::{Comparison, Rarity, compare};
use super::model::{Hypothesis, MODEL_VERSION, Model, Row, Sources, Table, by_chance, posterior};
use super::profile::Profile;
use super::traits::{Level, Trait};
use crate::record::Party;

/// Most pairs looked at; more teach nothing new.
const MAX_PAIRS: usize = 300_000;
/// Rounds; the shares settle after a few.
const ROUNDS: usize = 8;
/// How many pairs general knowledge is worth.
const KNOWLEDGE: f64 = 60.0;

/// Where linking begins by learned weights, and how far the best card must lead, at least: sharper weights find more
/// in the same evidence, and can afford to ask where two cards come close.
const LINK: f64 = 3.4;
const LEAD: f64 = 4.0;

/// What a human said of two cards.
#[derive(Debug, Clone)]
pub struct Answer {
    pub a: Profile,
    pub b: Profile,
    pub same: bool,
}

/// Learns from the records of a base, starting from `start`. A base too small to teach leaves it as it is.
pub fn train(base: &Base, start: &Model) -> Model {
    train_answered(base, start, &[])
}

/// The same where people answered: their pairs are known for what they are, and where linking begins moves to where
/// their answers say the odds are what they were meant to be.
pub fn train_answered(base: &Base, start: &Model, answers: &[Answer]) -> Model {
    let mut model = start.clone();
    model.version = MODEL_VERSION;
    // All answers count anew each time: from where the last training moved it, linking would move by them once more.
    model.thresholds = Model::default().thresholds;
    model.records = base.profiles.len() as u64;
    if model.persons.strict {
        model.thresholds.link = model.thresholds.link.max(LINK);
        model.thresholds.lead = model.thresholds.lead.max(LEAD);
    }
    let rarity = Rarity::new(&base.counts);
    let pairs = base.pairs();
    let step = pairs.len().div_ceil(MAX_PAIRS).max(1);
    let (mut persons, mut companies) = (Vec::new(), Vec::new());
    for (a, b) in pairs.into_iter().step_by(step) {
        let (Some(p), Some(q)) = (base.profiles.get(a as usize), base.profiles.get(b as usize)) else {
            continue;
        };
        let kind = match (p.party, q.party) {
            (Party::Company, Party::Company) | (Party::SoleProprietor, Party::SoleProprietor) => {
                &mut companies
            }
            (Party::Person | Party::Unknown, Party::Person | Party::Unknown) => &mut persons,
            _ => continue,
        };
        kind.push((compare(p, q, &rarity), None));
    }
    for answer in answers {
        let c = compare(&answer.a, &answer.b, &rarity);
        let kind = match (is_firm(answer.a.party), is_firm(answer.b.party)) {
            (true, true) => &mut companies,
            (false, false) => &mut persons,
            _ => continue,
        };
        kind.push((c, Some(answer.same)));
    }
    let companies_count = base.profiles.iter().filter(|p| is_firm(p.party)).count();
    let persons_count = base.profiles.len() - companies_count;
    learn(
        &mut model.persons,
        &start.persons,
        &persons,
        (persons_count, base.profiles.len(), step),
        rarity.records(),
    );
    learn(
        &mut model.companies,
        &start.companies,
        &companies,
        (companies_count, base.profiles.len(), step),
        rarity.records(),
    );
    let odds = answers.iter().map(|answer| {
        let c = compare(&answer.a, &answer.b, &rarity);
        let table = model.table(answer.a.party, answer.b.party);
        (model.weigh(&c, table, rarity.records()).bits, answer.same)
    });
    let shift = answers::overstated(&odds.collect::<Vec<_>>(), &model.thresholds);
    model.thresholds.link += shift;
    model.thresholds.ask += shift;
    model
}

fn is_firm(party: Party) -> bool {
    matches!(party, Party::Company | Party::SoleProprietor)
}

/// Two compared, and whether they are one client if a human said so.
type Pair = (Comparison, Option<bool>);

/// What one round counts.
#[derive(Default)]
struct Counts {
    pairs: [f64; Hypothesis::COUNT],
    /// Per trait and hypothesis: exact, close, part by cause, and all pairs that speak of it.
    seen: Vec<[[f64; 4]; Hypothesis::COUNT]>,
    sources: sources::Seen,
}

#[expect(clippy::cast_precision_loss, reason = "counts of pairs")]
fn learn(
    table: &mut Table,
    known: &Table,
    pairs: &[Pair],
    (records, everybody, step): (usize, usize, usize),
    total: f64,
) {
    if pairs.len() < 500 {
        return;
    }
    // What the sources of the last training were worth these pairs tell anew.
    table.sources = Sources::default();
    let share = records as f64 / everybody.max(1) as f64;
    // A file of companies alone does not tell what else a group has; few of a kind may come to be more.
    table.share = if known.share < 1.0 {
        share.max(known.share / 4.0)
    } else {
        1.0
    };
    for _ in 0..ROUNDS {
        let counts = expect(table, pairs, total);
        for (t, row) in &mut table.rows {
            let (Some(prior), Some(seen)) = (known.rows.get(t), counts.seen.get(*t as usize)) else {
                continue;
            };
            maximise(row, prior, seen);
        }
        counts.sources.teach(table);
        // Relatives who live apart are seldom looked at: what is seen of them does not tell how many there are.
        let counted = table
            .partners
            .iter_mut()
            .zip(counts.pairs)
            .take(Hypothesis::COUNT - 2);
        for (partners, found) in counted {
            // What general knowledge rules out stays ruled out.
            if *partners == 0.0 {
                continue;
            }
            *partners = (2.0 * found * step as f64 / records.max(1) as f64).max(0.02);
        }
    }
}

fn expect(table: &Table, pairs: &[Pair], total: f64) -> Counts {
    let mut counts = Counts {
        seen: vec![[[0.0; 4]; Hypothesis::COUNT]; Trait::COUNT],
        ..Counts::default()
    };
    for (c, said) in pairs {
        let mut odds = posterior(c, table, total);
        let [same, others @ ..] = &mut odds;
        match said {
            Some(true) => others.fill(0.0),
            Some(false) => *same = 0.0,
            None if table.ruled_out(c).is_some() => *same = 0.0,
            None => {}
        }
        let sum: f64 = odds.iter().sum();
        if sum <= 0.0 {
            continue;
        }
        // Who was asked about is no fair sample of how many there are.
        if said.is_none() {
            for (pairs, o) in counts.pairs.iter_mut().zip(odds) {
                *pairs += o / sum;
            }
        }
        for t in Trait::ALL {
            let Some((level, chance)) = c.get(t) else { continue };
            let (Some(row), Some(seen)) = (table.rows.get(&t), counts.seen.get_mut(t as usize)) else {
                continue;
            };
            let same = odds.first().map_or(0.0, |same| same / sum);
            counts.sources.count(table, c, (t, level), same);
            for (h, ((seen, odds), shares)) in seen.iter_mut().zip(odds).zip(row).enumerate() {
                let weight = odds / sum;
                let [exact, close, part, all] = seen;
                *all += weight;
                let by_chance = by_chance(c, t, h, chance);
                let [p_exact, p_close, _] = shares;
                match level {
                    Level::Exact => *exact += weight * p_exact / (p_exact + by_chance).max(1e-12),
                    Level::Close => {
                        let chance = by_chance * row.first().map_or(0.0, |s| s[1]) * 1.5;
                        *close += weight * p_close / (p_close + chance).max(1e-12);
                    }
                    Level::Part => *part += weight,
                    Level::Other => {}
                }
            }
        }
    }
    counts
}

fn maximise(row: &mut Row, prior: &Row, seen: &[[f64; 4]; Hypothesis::COUNT]) {
    // Strangers and relatives apart keep to general knowledge: candidates are not a fair sample of them.
    for ((shares, prior), seen) in row.iter_mut().zip(prior).zip(seen).take(Hypothesis::COUNT - 2) {
        let [.., all] = seen;
        for ((share, prior), found) in shares.iter_mut().zip(prior).zip(seen) {
            // What general knowledge holds impossible stays so.
            *share = if *prior == 0.0 {
                0.0
            } else {
                (found + prior * KNOWLEDGE) / (all + KNOWLEDGE)
            };
        }
    }
}
