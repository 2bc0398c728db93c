//! Two records side by side: one piece of evidence per field both speak about, in bits for or against.
//!
//! Symmetric: the other way round gives the same bits with `left` and `right` exchanged.

mod company;
mod contact;
mod person;

use serde::{Deserialize, Serialize};

use crate::record::{Normalised, Party};
use crate::stats::Context;

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Party,
    Surname,
    Given,
    Patronymic,
    Gender,
    BirthDate,
    Phone,
    PhoneTail,
    Email,
    Vin,
    Plate,
    Address,
    Inn,
    Company,
    /// Not compared: the odds before any evidence.
    Prior,
}

/// How a field came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Exact,
    /// A typo or another spelling apart.
    Close,
    /// Diminutive, initial, part of a number: can be the same.
    Compatible,
    /// Not the same, which happens to one client too.
    Different,
    /// Cannot be one client, whatever else agrees.
    Contradicts,
}

/// One reason for or against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub field: Field,
    pub outcome: Outcome,
    /// Binary logarithm of the likelihood ratio; negative speaks against.
    pub bits: f64,
    /// What the first record says. Personal data: show it, never log it.
    pub left: String,
    pub right: String,
}

impl Evidence {
    pub(crate) fn new(field: Field, outcome: Outcome, bits: f64, left: &str, right: &str) -> Self {
        Self {
            field,
            outcome,
            bits,
            left: left.to_owned(),
            right: right.to_owned(),
        }
    }

    /// Speaks for one client.
    pub fn agrees(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Exact | Outcome::Close | Outcome::Compatible
        )
    }
}

/// Compares every field both records speak about; at most one piece of evidence per field.
pub fn compare(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Vec<Evidence> {
    let mut out = Vec::new();
    let apart = a.party != b.party && a.party != Party::Unknown && b.party != Party::Unknown;
    if apart {
        out.push(Evidence::new(
            Field::Party,
            Outcome::Contradicts,
            -20.0,
            party(a.party),
            party(b.party),
        ));
    }
    company::compare(a, b, ctx, &mut out);
    if !apart && a.party != Party::Company && b.party != Party::Company {
        person::compare(a, b, ctx, &mut out);
    }
    contact::compare(a, b, ctx, &mut out);
    out
}

fn party(p: Party) -> &'static str {
    match p {
        Party::Person => "person",
        Party::Company => "company",
        Party::SoleProprietor => "sole_proprietor",
        Party::Unknown => "unknown",
    }
}
