//! Keys that so many clients have that they identify nobody: the branch's own number, 999-99-99, a name half the town
//! bears. They are learned while running, and then neither looked up nor stored for more clients: those that have them
//! in the base are enough to show, after a restart, that they are junk.
//!
//! The base decides, and what it said is believed for a while: with another copy an import may have been taken back, after
//! which a key is rare again. [`crate::registry::regain`] gives it to those who came meanwhile.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Keys remembered of all groups together; with more, all is learned anew.
const MOST_REMEMBERED: usize = 500_000;
/// So long what was learned of a group is believed. To learn a key again costs one look at as many clients as make it junk.
const BELIEVED: Duration = Duration::from_secs(60);

/// What this process has learned, by group.
#[derive(Debug, Clone, Default)]
pub(in crate::registry) struct JunkKeys(Arc<Mutex<HashMap<String, Learned>>>);

#[derive(Debug)]
struct Learned {
    since: Instant,
    keys: HashSet<i64>,
}

impl JunkKeys {
    /// Takes the known ones out of the keys, and answers them.
    pub(super) fn take_from(&self, group: &str, keys: &mut Vec<i64>) -> Vec<i64> {
        self.take_at(Instant::now(), group, keys)
    }

    fn take_at(&self, now: Instant, group: &str, keys: &mut Vec<i64>) -> Vec<i64> {
        let mut known = self.known();
        let Some(junk) = known.get(group) else {
            return Vec::new();
        };
        if now.saturating_duration_since(junk.since) >= BELIEVED {
            known.remove(group);
            return Vec::new();
        }
        let (taken, rest) = std::mem::take(keys)
            .into_iter()
            .partition(|key| junk.keys.contains(key));
        *keys = rest;
        taken
    }

    /// Remembers keys.
    pub(super) fn learn(&self, group: &str, keys: impl Iterator<Item = i64>) {
        let mut known = self.known();
        let of_group = known.entry(group.to_owned()).or_insert_with(|| Learned {
            since: Instant::now(),
            keys: HashSet::new(),
        });
        of_group.keys.extend(keys);
        if known.values().map(|learned| learned.keys.len()).sum::<usize>() > MOST_REMEMBERED {
            known.clear();
        }
    }

    /// Forgets what was learned of a group: much of what it had was taken back.
    pub(in crate::registry) fn forget(&self, group: &str) {
        self.known().remove(group);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Learned>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_taken_out_for_its_group_only() {
        let junk = JunkKeys::default();
        junk.learn("main", [7, 9].into_iter());
        let (mut ours, mut others) = (vec![1, 7, 8, 9], vec![7]);
        assert_eq!(junk.take_from("main", &mut ours), [7, 9]);
        assert_eq!(ours, [1, 8]);
        assert!(junk.take_from("other", &mut others).is_empty());
        junk.forget("main");
        assert!(junk.take_from("main", &mut vec![7]).is_empty());
        assert_eq!(others, [7]);
    }

    #[test]
    fn what_was_learned_is_believed_for_a_while() {
        let junk = JunkKeys::default();
        junk.learn("main", [7].into_iter());
        let now = Instant::now();
        assert_eq!(junk.take_at(now, "main", &mut vec![7]), [7]);
        assert!(junk.take_at(now + BELIEVED, "main", &mut vec![7]).is_empty());
        // The base says anew what it is.
        junk.learn("main", [9].into_iter());
        assert_eq!(junk.take_at(Instant::now(), "main", &mut vec![7, 9]), [9]);
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let junk = JunkKeys::default();
        junk.learn("main", 0..600_000);
        assert!(junk.known().is_empty());
    }
}
