//! How sources lean, learned along with the shares: what pairs of one client with a record of a source came out as, against
//! what was to be expected of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::compare::Comparison;
use crate::engine::model::{Leaning, Table, whole};
use crate::engine::traits::{Level, Trait};

/// How many pairs it is worth that sources are alike. With fewer a leaning follows what came about by chance: on the sets of
/// `tests/bench` it then finds no more clients, and takes more families for one.
const ALIKE: f64 = 2_000.0;
/// No source is trusted or distrusted by more than so many times.
const MOST: f64 = 2.0;
/// Most sources told apart.
const MOST_SOURCES: usize = 64;

/// Of a source of which nothing is known.
const STRAIGHT: Leaning = [1.0; Level::ALL.len()];

/// What one round counts, by source and trait.
#[derive(Default)]
pub(super) struct Seen(HashMap<Arc<str>, Vec<Outcomes>>);

#[derive(Clone, Copy, Default)]
struct Outcomes {
    came: Leaning,
    expected: Leaning,
}

/// Whether a trait says what somebody wrote. How far apart in time records are, at which branch, and which car of several
/// somebody came with is no question of writing.
fn is_written(of: Trait) -> bool {
    !matches!(of, Trait::Gap | Trait::Turns | Trait::Branch | Trait::CarModel)
}

impl Seen {
    /// Counts an outcome of a pair that is one client with this probability.
    pub(super) fn count(&mut self, table: &Table, c: &Comparison, (of, level): (Trait, Level), same: f64) {
        if !is_written(of) {
            return;
        }
        let Some([shares, ..]) = table.rows.get(&of) else {
            return;
        };
        let expected = whole(table.sources.lean(*shares, of, &c.sides));
        let [one, other] = &c.sides;
        // A pair of one source speaks of it once.
        let other = other.as_ref().filter(|other| one.as_ref() != Some(*other));
        for source in one.iter().chain(other) {
            if self.0.len() >= MOST_SOURCES && !self.0.contains_key(source) {
                continue;
            }
            let traits = self
                .0
                .entry(Arc::clone(source))
                .or_insert_with(|| vec![Outcomes::default(); Trait::COUNT]);
            let Some(outcomes) = traits.get_mut(of as usize) else {
                continue;
            };
            for (l, (came, share)) in outcomes.came.iter_mut().zip(expected).enumerate() {
                if l == level as usize {
                    *came += same;
                }
                if let Some(sum) = outcomes.expected.get_mut(l) {
                    *sum += same * share;
                }
            }
        }
    }

    /// Sets the leanings of a table to what was seen beyond expectation. What all sources have in common is no leaning: it is
    /// in the shares, as far as these were to move.
    pub(super) fn teach(&self, table: &mut Table) {
        for of in Trait::ALL {
            let Some([shares, ..]) = table.rows.get(&of).copied() else {
                continue;
            };
            let usual = whole(shares);
            let seen = self.0.iter().filter_map(|(source, traits)| {
                let outcomes = traits.get(of as usize)?;
                let pairs: f64 = outcomes.came.iter().sum();
                (pairs >= 1.0).then_some((source, outcomes, pairs))
            });
            let moved: Vec<(&Arc<str>, Leaning, f64)> = seen
                .map(|(source, outcomes, pairs)| {
                    let before = table.sources.of(source, of).copied().unwrap_or(STRAIGHT);
                    (source, outcomes.leaning(usual, before), pairs)
                })
                .collect();
            let all: f64 = moved.iter().map(|(.., pairs)| pairs).sum();
            let in_common: Leaning = std::array::from_fn(|l| {
                let log = |leaning: &Leaning| leaning.get(l).map_or(0.0, |by| by.ln());
                let sum: f64 = moved.iter().map(|(_, leaning, pairs)| log(leaning) * pairs).sum();
                (sum / all).exp()
            });
            for (source, leaning, _) in moved {
                let mut own = leaning;
                for (by, common) in own.iter_mut().zip(in_common) {
                    *by /= common;
                }
                *table.sources.entry(source, of) = own;
            }
        }
    }
}

impl Outcomes {
    /// How the source leans, if this is what came with it leaning so.
    fn leaning(&self, usual: Leaning, before: Leaning) -> Leaning {
        let at = |list: &Leaning, l: usize| list.get(l).copied().unwrap_or_default();
        std::array::from_fn(|l| {
            let known = at(&usual, l) * ALIKE;
            // What general knowledge holds impossible stays so.
            if known <= 0.0 {
                return 1.0;
            }
            let straight = at(&self.expected, l) / at(&before, l);
            ((at(&self.came, l) + known) / (straight + known)).clamp(1.0 / MOST, MOST)
        })
    }
}
