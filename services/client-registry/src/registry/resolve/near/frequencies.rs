//! How often names and numbers are said, as far as that was read.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use edina_identity::{Stats, TermFrequencies};

/// Counts that were read, and which were not.
#[derive(Debug, Default)]
pub(super) struct Frequencies {
    read: Stats,
    unread: BTreeSet<(&'static str, String)>,
    /// Somebody asked for one that was not read.
    missed: AtomicBool,
}

impl Frequencies {
    /// Of what was read.
    pub(super) fn of(read: Stats) -> Self {
        Self {
            read,
            ..Self::default()
        }
    }

    /// What was read.
    pub(super) fn read(&mut self) -> &mut Stats {
        &mut self.read
    }

    /// Leaves these unread until somebody asks for one.
    pub(super) fn leave(&mut self, values: Vec<(&'static str, String)>) {
        self.unread.extend(values);
    }

    /// Whether somebody asked for one that was not read: what he made of it does not hold.
    pub(super) fn missed(&self) -> bool {
        self.missed.load(Ordering::Relaxed)
    }
}

impl TermFrequencies for Frequencies {
    fn records(&self) -> u64 {
        self.read.records()
    }

    fn count(&self, kind: &str, value: &str) -> Option<u64> {
        let count = self.read.count(kind, value);
        let is_unread = || {
            self.unread
                .iter()
                .any(|(of, unread)| *of == kind && unread == value)
        };
        if count.is_none() && is_unread() {
            self.missed.store(true, Ordering::Relaxed);
        }
        count
    }
}
