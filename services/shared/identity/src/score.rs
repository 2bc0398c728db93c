//! Evidence to one number: the logarithm of the odds that two records, or a record and a card, are one client.
//!
//! Fields of one household (phone, address, car, surname) depend on each other: a family shares them all at
//! once. So only the strongest counts in full. And what shows a household never links alone: something must
//! show the person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::compare::{Evidence, Field, Outcome, compare};
use crate::record::{Normalised, Party};
use crate::stats::Context;

/// Weight of every household field after the strongest.
const DEPENDENT: f64 = 0.3;
/// Highest score without evidence of the person: below any sensible link threshold.
const HOUSEHOLD_ONLY: f64 = 1.5;
/// Highest score of a pair that contradicts itself: below any sensible review threshold.
const CONTRADICTED: f64 = -8.0;
/// Members of a card compared; the newest are kept.
const MAX_MEMBERS: usize = 64;

/// How likely two sides are one client, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Binary logarithm of the odds: 0 is even, 7 is 99 %.
    pub bits: f64,
    /// Strongest first; the prior is one of them.
    pub evidence: Vec<Evidence>,
    /// They share a phone number exactly.
    pub shares_phone: bool,
    /// They share a phone, nothing disagrees, and one side says nothing else about the person.
    pub contact_only: bool,
    /// As `contact_only`, and the other side says nothing else either: the same unknown caller again.
    pub nameless: bool,
    /// Something makes it impossible.
    pub contradicted: bool,
}

/// Weighs two records against each other. Symmetric.
pub fn score(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Score {
    combine(compare(a, b, ctx), [is_bare(a), is_bare(b)], ctx)
}

/// Weighs a record against all records of a card: the best agreement of each field counts, and so does every
/// contradiction, unless more members agree than contradict (then it was that member's slip).
pub fn score_against_card(record: &Normalised, members: &[Normalised], ctx: &Context<'_>) -> Score {
    let mut fields: BTreeMap<Field, Vec<Evidence>> = BTreeMap::new();
    let from = members.len().saturating_sub(MAX_MEMBERS);
    let members = members.get(from..).unwrap_or_default();
    for member in members {
        for evidence in compare(record, member, ctx) {
            fields.entry(evidence.field).or_default().push(evidence);
        }
    }
    let mut kept = Vec::new();
    for (_, mut found) in fields {
        found.sort_by(|p, q| q.bits.total_cmp(&p.bits));
        let exact = found.iter().filter(|e| e.outcome == Outcome::Exact).count();
        let agree = found.iter().filter(|e| e.agrees()).count();
        let against: Vec<&Evidence> = found.iter().filter(|e| e.bits < 0.0).collect();
        if let Some(worst) = against
            .last()
            .filter(|w| agree == 0 || is_hard(w) && against.len() >= exact.max(1))
        {
            kept.push((*worst).clone());
        } else if let Some(first) = found.first() {
            let mut first = first.clone();
            // Someone on the card disagrees: a smaller agreement.
            first.bits -= if against.is_empty() { 0.0 } else { 2.0 };
            kept.push(first);
        }
    }
    combine(kept, [is_bare(record), members.iter().all(is_bare)], ctx)
}

fn is_hard(e: &Evidence) -> bool {
    e.outcome == Outcome::Contradicts
}

/// Says nothing about the person or company but a contact, and perhaps a surname.
fn is_bare(n: &Normalised) -> bool {
    n.party != Party::Company
        && n.inn.is_none()
        && n.name_match.given_initial.is_none()
        && n.name_match.patronymic.is_empty()
        && n.birth_date.is_none()
        && n.company.is_none()
}

fn is_household(field: Field) -> bool {
    use Field::{Address, Phone, PhoneTail, Plate, Surname, Vin};
    matches!(field, Phone | PhoneTail | Vin | Plate | Address | Surname)
}

fn combine(mut evidence: Vec<Evidence>, bare: [bool; 2], ctx: &Context<'_>) -> Score {
    let prior = 1.0 - ctx.population().log2();
    let strongest = evidence
        .iter()
        .filter(|e| is_household(e.field) && e.bits > 0.0)
        .map(|e| e.bits)
        .fold(0.0, f64::max);
    let mut strongest_seen = false;
    let mut bits = prior;
    for e in &mut evidence {
        if is_household(e.field) && e.bits > 0.0 {
            if e.bits < strongest || strongest_seen {
                e.bits *= DEPENDENT;
            } else {
                strongest_seen = true;
            }
        }
        bits += e.bits;
    }
    let has = |f: Field| evidence.iter().find(|e| e.field == f && e.agrees());
    let exact = |f: Field| has(f).is_some_and(|e| e.outcome == Outcome::Exact);
    let contact = [
        Field::Phone,
        Field::PhoneTail,
        Field::Vin,
        Field::Plate,
        Field::Address,
    ]
    .into_iter()
    .any(|f| has(f).is_some());
    let unique = [Field::BirthDate, Field::Email, Field::Inn, Field::Company]
        .into_iter()
        .any(exact);
    let named = has(Field::Given).is_some() || has(Field::Company).is_some();
    let shows_the_person = unique || named && contact;
    if !shows_the_person {
        bits = bits.min(HOUSEHOLD_ONLY);
    }
    // Father and son share everything but this.
    if evidence
        .iter()
        .any(|e| e.field == Field::BirthDate && e.outcome == Outcome::Different)
    {
        bits = bits.min(HOUSEHOLD_ONLY);
    }
    let contradicted = evidence.iter().any(is_hard);
    if contradicted {
        bits = bits.min(CONTRADICTED);
    }
    let shares_phone = exact(Field::Phone);
    let disagrees = evidence.iter().any(|e| e.bits < 0.0);
    evidence.push(Evidence::new(Field::Prior, Outcome::Different, prior, "", ""));
    evidence.sort_by(|p, q| q.bits.abs().total_cmp(&p.bits.abs()).then(p.field.cmp(&q.field)));
    let shared_only = shares_phone && !disagrees;
    Score {
        bits,
        contact_only: bare.contains(&true) && shared_only,
        nameless: bare == [true, true] && shared_only,
        shares_phone,
        contradicted,
        evidence,
    }
}
