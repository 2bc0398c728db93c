//! How many records a group has. A frequency is a share of them, and of very many a few more change nothing, while to add up
//! their number took as long as a key.

use std::time::Duration;

use crate::registry::believed::Believed;

/// So many are very many.
const MANY: u64 = 100_000;

/// What this process has read, by group.
#[derive(Debug, Clone)]
pub(in crate::registry) struct Totals(Believed<u64>);

impl Default for Totals {
    fn default() -> Self {
        Self(Believed::new(Duration::from_secs(10)))
    }
}

impl Totals {
    /// The number that was read a moment ago, if it was of very many.
    pub(super) fn of(&self, group: &str) -> Option<u64> {
        self.0.of(group)
    }

    /// Remembers a number that was read.
    pub(super) fn learn(&self, group: &str, records: u64) {
        if records >= MANY {
            self.0.learn(group, records);
        } else {
            self.0.forget(group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_very_many_are_believed() {
        let totals = Totals::default();
        totals.learn("small", MANY - 1);
        totals.learn("large", MANY);
        assert_eq!(totals.of("small"), None);
        assert_eq!(totals.of("large"), Some(MANY));
        // Much was taken back.
        totals.learn("large", 7);
        assert_eq!(totals.of("large"), None);
    }
}
