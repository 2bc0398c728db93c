//! How likely each outcome of a comparison is under each explanation, and what follows for two profiles.
//!
//! After Fellegi and Sunter, but with more than one alternative to "one client": a family shares a phone, a home, a
//! car and a surname all at once; a reissued number and a sold car are shared by strangers. The alternatives compete,
//! so a car adds little once a phone has shown a household, and only what a family does not share proves a person.

mod default;
mod explain;
mod sources;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use explain::Reason;
pub(super) use sources::whole;
pub use sources::{Leaning, Sides, Sources};

use super::compare::{Comparison, Conflict};
use super::traits::{Level, Trait};
use crate::record::Party;

/// Explanations of what two profiles have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hypothesis {
    Same,
    /// Two clients of one home; for companies: of one holding.
    Household,
    /// The number was reissued, or is a third person's.
    NumberPassedOn,
    /// The car was sold on.
    CarPassedOn,
    /// Relatives who live apart: a surname, a town, a father's name.
    Kin,
    Stranger,
}

impl Hypothesis {
    pub const ALL: [Self; 6] = [
        Self::Same,
        Self::Household,
        Self::NumberPassedOn,
        Self::CarPassedOn,
        Self::Kin,
        Self::Stranger,
    ];
    pub const COUNT: usize = Self::ALL.len();
}

/// Probabilities of one trait: per hypothesis the share of pairs that come out exact, close and part, not counting
/// what agrees by chance; the rest come out other. Hypotheses in the order of [`Hypothesis::ALL`].
pub type Row = [[f64; 3]; Hypothesis::COUNT];

/// A model of one kind of client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// How many records stand in this relation to a record, on average: same client, household, number, car,
    /// relatives apart. The last is not learned: most of them have too little in common to be looked at.
    pub partners: [f64; 5],
    /// Share of all records that are of this kind of client: a stranger is one of these.
    #[serde(default = "all")]
    pub share: f64,
    pub rows: BTreeMap<Trait, Row>,
    /// How the sources of records lean from the shares of one client.
    #[serde(default, skip_serializing_if = "Sources::is_empty")]
    pub sources: Sources,
    /// Another given name or gender rules a pair out, whatever else agrees: so it is where families share phones, homes
    /// and cars. In a register of single people it is one trait among others.
    pub strict: bool,
}

fn all() -> f64 {
    1.0
}

impl Table {
    /// What rules a pair out.
    pub fn ruled_out(&self, c: &Comparison) -> Option<Conflict> {
        let always = |k: &Conflict| matches!(k, Conflict::Party | Conflict::Inn);
        c.conflict.filter(|k| self.strict || always(k))
    }
}

/// Everything learned, and where deciding begins. A stored model of another `version` is not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub version: u16,
    /// Records it was learned from; 0 for general knowledge.
    pub records: u64,
    pub persons: Table,
    pub companies: Table,
    pub thresholds: Cuts,
}

/// Where deciding begins, in bits: 0 is even odds, 7 is 99 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cuts {
    /// From here on a record is linked.
    pub link: f64,
    /// From here on a human is asked.
    pub ask: f64,
    /// The best card must lead the next that contradicts it by so much.
    pub lead: f64,
}

/// Layout of [`Model`].
pub const MODEL_VERSION: u16 = 2;
/// Bits of a pair that contradicts itself.
pub const CONTRADICTED: f64 = -30.0;
/// Share of relatives of somebody named after the father who bear that name too.
const FATHERS_NAME: f64 = 0.25;
/// Share of relatives who bear one given name: names run in families, and most records do not say whose.
const FAMILY_NAME: f64 = 0.02;
/// Share of relatives whose initials are each other's exchanged: a father's, whose own father the son is named after.
const EXCHANGED_IN_FAMILY: f64 = 0.1;
/// How much rarer another surname of one client is where he is a man: women marry.
const RENAMED_MAN: f64 = 0.02;
/// How much rarer another date of birth of one client is where it is a generation away: slips of a digit are nearer.
const ANOTHER_GENERATION: f64 = 0.1;
/// No outcome is impossible.
const LEAST: f64 = 1e-5;
/// Others' INNs typed by mistake.
const LEAST_INN: f64 = 1e-7;

/// What the evidence comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Binary logarithm of the odds that both are one client.
    pub bits: f64,
    /// What most likely explains the common ground if they are not.
    pub rival: Hypothesis,
    pub conflict: Option<Conflict>,
}

impl Table {
    /// Probability of an outcome under every hypothesis, up to a factor common to all.
    pub(super) fn likelihoods(
        &self,
        c: &Comparison,
        t: Trait,
        level: Level,
        chance: f64,
    ) -> [f64; Hypothesis::COUNT] {
        let Some(row) = self.rows.get(&t) else {
            return [1.0; Hypothesis::COUNT];
        };
        let same = row.first().copied().unwrap_or_default();
        let [_, same_close, _] = same;
        let same = self.sources.lean(same, t, &c.sides);
        std::array::from_fn(|h| {
            let shares = if h == 0 {
                same
            } else {
                row.get(h).copied().unwrap_or_default()
            };
            let [exact, close, part] = shares;
            let by_chance = by_chance(c, t, h, chance);
            let p = match level {
                Level::Exact => exact + by_chance,
                // A slip of a common value is met by chance as the value itself is.
                Level::Close => close + by_chance * same_close * 1.5,
                Level::Part => part,
                Level::Other => 1.0 - exact - close - part,
            };
            match (t, level) {
                (Trait::Surname, Level::Other) if h == 0 && c.another_man => (p * RENAMED_MAN).max(LEAST),
                (Trait::BirthDate, Level::Other) if h == 0 && c.another_generation => {
                    (p * ANOTHER_GENERATION).max(LEAST)
                }
                // Initials come close in one way only: exchanged.
                (Trait::GivenInitial, Level::Close) if matches!(h, 1 | 4) => p.max(EXCHANGED_IN_FAMILY),
                // One INN is one company.
                (Trait::Inn, Level::Exact) => p.max(LEAST_INN),
                _ => p.max(LEAST),
            }
        })
    }

    /// Odds before any evidence, under every hypothesis, in a base of so many records.
    pub(super) fn priors(&self, records: f64) -> [f64; Hypothesis::COUNT] {
        let [a, b, c, d, e] = self.partners;
        [a, b, c, d, e, records * self.share]
    }
}

impl Model {
    /// The table that speaks about these two.
    pub fn table(&self, a: Party, b: Party) -> &Table {
        let company = |p| matches!(p, Party::Company | Party::SoleProprietor);
        if company(a) || company(b) {
            &self.companies
        } else {
            &self.persons
        }
    }

    /// Weighs a comparison in a base of so many records.
    pub fn weigh(&self, c: &Comparison, table: &Table, records: f64) -> Verdict {
        let odds = posterior(c, table, records);
        let others: f64 = odds.iter().skip(1).sum();
        let bits = (odds.first().copied().unwrap_or_default() / others.max(f64::MIN_POSITIVE)).log2();
        let rival = Hypothesis::ALL
            .into_iter()
            .zip(odds)
            .skip(1)
            .max_by(|p, q| p.1.total_cmp(&q.1))
            .map_or(Hypothesis::Stranger, |(h, _)| h);
        Verdict {
            bits: if table.ruled_out(c).is_some() {
                bits.min(CONTRADICTED)
            } else {
                bits
            },
            rival,
            conflict: table.ruled_out(c),
        }
    }
}

/// Share of pairs under a hypothesis that agree by chance. In a family a given name may go from father to son.
pub(super) fn by_chance(c: &Comparison, t: Trait, hypothesis: usize, chance: f64) -> f64 {
    let given = matches!(t, Trait::Given | Trait::GivenShort | Trait::GivenInitial);
    match hypothesis {
        0 => 0.0,
        1 | 4 if given && c.named_after_father => chance.max(FATHERS_NAME),
        1 | 4 if t == Trait::GivenInitial && c.initial_of_father => chance.max(FATHERS_NAME),
        1 | 4 if given => chance.max(FAMILY_NAME),
        // A father is a man, and so is the son named after him.
        1 | 4 if t == Trait::Gender && (c.named_after_father || c.initial_of_father) => 1.0,
        _ => chance,
    }
}

/// Weight of every hypothesis given the comparison, not normalised.
pub(super) fn posterior(c: &Comparison, table: &Table, records: f64) -> [f64; Hypothesis::COUNT] {
    let mut odds = table.priors(records);
    for t in Trait::ALL {
        if let Some((level, chance)) = c.get(t) {
            for (o, p) in odds.iter_mut().zip(table.likelihoods(c, t, level, chance)) {
                *o *= p;
            }
        }
    }
    odds
}
