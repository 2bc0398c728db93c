//! What was read for a group and is believed for a while: another copy may have changed it meanwhile.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// One value per group. Clones share what they know.
#[derive(Debug, Clone)]
pub(crate) struct Believed<T> {
    known: Arc<Mutex<HashMap<String, (Instant, T)>>>,
    /// So long it is believed.
    lasting: Duration,
}

impl<T: Clone> Believed<T> {
    pub(super) fn new(lasting: Duration) -> Self {
        Self {
            known: Arc::default(),
            lasting,
        }
    }

    /// What was read a moment ago.
    pub(super) fn of(&self, group: &str) -> Option<T> {
        self.at(Instant::now(), group)
    }

    fn at(&self, now: Instant, group: &str) -> Option<T> {
        let known = self.known();
        let (since, value) = known.get(group)?;
        (now.saturating_duration_since(*since) < self.lasting).then(|| value.clone())
    }

    /// Remembers what has just been read.
    pub(super) fn learn(&self, group: &str, value: T) {
        self.known().insert(group.to_owned(), (Instant::now(), value));
    }

    /// Forgets it: it has just been changed.
    pub(super) fn forget(&self, group: &str) {
        self.known().remove(group);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, (Instant, T)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_believed_for_a_while_and_for_its_group() {
        let lasting = Duration::from_secs(10);
        let known = Believed::new(lasting);
        known.learn("ours", 7);
        assert_eq!(known.of("ours"), Some(7));
        assert_eq!(known.of("theirs"), None);
        assert_eq!(known.at(Instant::now() + lasting, "ours"), None);
        known.forget("ours");
        assert_eq!(known.of("ours"), None);
    }
}
