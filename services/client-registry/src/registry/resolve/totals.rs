//! How many records a group has. A frequency is a share of them, and of very many a few more change nothing, while to add up
//! their number took as long as a key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// So many are very many.
const MANY: u64 = 100_000;
/// So long a number is believed.
const BELIEVED: Duration = Duration::from_secs(10);

/// What this process has read, by group.
#[derive(Debug, Clone, Default)]
pub(in crate::registry) struct Totals(Arc<Mutex<HashMap<String, (Instant, u64)>>>);

impl Totals {
    /// The number that was read a moment ago, if it was of very many.
    pub(super) fn of(&self, group: &str) -> Option<u64> {
        self.at(Instant::now(), group)
    }

    fn at(&self, now: Instant, group: &str) -> Option<u64> {
        let (since, records) = *self.known().get(group)?;
        (now.saturating_duration_since(since) < BELIEVED).then_some(records)
    }

    /// Remembers a number that was read.
    pub(super) fn learn(&self, group: &str, records: u64) {
        let mut known = self.known();
        if records >= MANY {
            known.insert(group.to_owned(), (Instant::now(), records));
        } else {
            known.remove(group);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, (Instant, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_very_many_are_believed_and_for_a_while() {
        let totals = Totals::default();
        totals.learn("small", MANY - 1);
        totals.learn("large", MANY);
        assert_eq!(totals.of("small"), None);
        assert_eq!(totals.of("large"), Some(MANY));
        assert_eq!(totals.at(Instant::now() + BELIEVED, "large"), None);
        // Much was taken back.
        totals.learn("large", 7);
        assert_eq!(totals.of("large"), None);
    }
}
