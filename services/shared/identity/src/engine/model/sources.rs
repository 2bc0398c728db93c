//! What each source is worth: how much more or less often than in general a trait of one client comes out so where one of
//! the records is of that source. A call log has a first name as somebody heard it, a DMS what stands in a passport.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::engine::traits::{Level, Trait};

/// The sources of the two compared; none where a side says what several sources say, or nobody knows its source.
pub type Sides = [Option<Arc<str>>; 2];

/// By how much likelier than in general each outcome is, in the order of [`Level::ALL`].
pub type Leaning = [f64; Level::ALL.len()];

/// Leanings by source and trait. One that is not there leans nowhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sources(BTreeMap<String, BTreeMap<Trait, Leaning>>);

impl Sources {
    /// Whether none leans.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How a source leans in a trait.
    pub fn of(&self, source: &str, of: Trait) -> Option<&Leaning> {
        self.0.get(source)?.get(&of)
    }

    /// The leanings of a source in a trait, to be changed.
    pub(in crate::engine) fn entry(&mut self, source: &str, of: Trait) -> &mut Leaning {
        let traits = self.0.entry(source.to_owned()).or_default();
        traits.entry(of).or_insert([1.0; Level::ALL.len()])
    }

    /// Shares of exact, close and part of one client, as these sources have them.
    pub(in crate::engine) fn lean(&self, shares: [f64; 3], of: Trait, sides: &Sides) -> [f64; 3] {
        let mut leaned = whole(shares);
        let mut leans = false;
        for side in sides.iter().flatten() {
            let Some(leaning) = self.of(side, of) else {
                continue;
            };
            leans = true;
            for (share, by) in leaned.iter_mut().zip(leaning) {
                *share *= by;
            }
        }
        let sum: f64 = leaned.iter().sum();
        if !leans || sum <= 0.0 {
            return shares;
        }
        let [exact, close, part, _] = leaned.map(|share| share / sum);
        [exact, close, part]
    }
}

/// The same with what is neither.
pub(in crate::engine) fn whole([exact, close, part]: [f64; 3]) -> [f64; Level::ALL.len()] {
    [exact, close, part, (1.0 - exact - close - part).max(0.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_slips_often_makes_slips_cheap_and_shares_stay_shares() {
        let mut sources = Sources::default();
        *sources.entry("call_log", Trait::Surname) = [0.8, 2.0, 1.0, 1.0];
        let usual = [0.8, 0.1, 0.02];
        let sides = |one: Option<&str>| [one.map(Arc::from), None];
        let heard = sources.lean(usual, Trait::Surname, &sides(Some("call_log")));
        assert!(heard[0] < usual[0] && heard[1] > usual[1], "{heard:?}");
        assert!((whole(heard).iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(
            sources.lean(usual, Trait::Surname, &sides(Some("sales_dms"))),
            usual
        );
        assert_eq!(sources.lean(usual, Trait::Given, &sides(Some("call_log"))), usual);
        assert_eq!(sources.lean(usual, Trait::Surname, &sides(None)), usual);
    }
}
