//! Why two profiles were linked or not: what every trait added, in bits.

use serde::{Deserialize, Serialize};

use super::{Hypothesis, Model, Table};
use crate::engine::compare::Comparison;
use crate::engine::traits::{Level, Trait};

/// One trait's part in a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// `None` for the odds before any evidence.
    pub of: Option<Trait>,
    pub level: Option<Level>,
    /// What it added once the traits before it were known: a car says little after the phone of a family.
    pub bits: f64,
}

impl Model {
    /// The reasons behind a verdict; their bits sum to it, contradictions aside.
    pub fn reasons(&self, c: &Comparison, table: &Table, records: f64) -> Vec<Reason> {
        let mut odds = table.priors(records);
        let total = |odds: &[f64; Hypothesis::COUNT]| {
            let others: f64 = odds.iter().skip(1).sum();
            (odds.first().copied().unwrap_or_default() / others.max(f64::MIN_POSITIVE)).log2()
        };
        let mut before = total(&odds);
        let mut out = vec![Reason {
            of: None,
            level: None,
            bits: before,
        }];
        for t in Trait::ALL {
            let Some((level, chance)) = c.get(t) else { continue };
            for (o, p) in odds.iter_mut().zip(table.likelihoods(c, t, level, chance)) {
                *o *= p;
            }
            let now = total(&odds);
            out.push(Reason {
                of: Some(t),
                level: Some(level),
                bits: now - before,
            });
            before = now;
        }
        out
    }
}
