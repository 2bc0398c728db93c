//! What was said of each call and when, and when somebody was told which calls are live: what a test may expect to be
//! known follows from the two.

use std::{collections::HashMap, time::Instant};

/// The instants of a call. What was said up to one of them was said to whoever listened then, and to nobody later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// First event.
    pub begun: Instant,
    /// Two parties were joined.
    pub answered: Option<Instant>,
    /// The last channel hung up; for a call that goes on, its last event.
    pub ended: Instant,
}

/// Everything said so far.
#[derive(Debug, Default)]
pub(super) struct Memory {
    calls: HashMap<String, Told>,
    /// For each list of live channels: when its connection was accepted, when it was made.
    lists: Vec<(Instant, Instant)>,
}

impl Memory {
    /// Takes notice of an event that is about to be told.
    pub(super) fn hear(&mut self, message: &str) {
        let Some(id) = message.lines().find_map(|line| line.strip_prefix("Linkedid: ")) else {
            return;
        };
        let now = Instant::now();
        let call = self.calls.entry(id.trim().to_owned()).or_insert(Told {
            begun: now,
            answered: None,
            ended: now,
        });
        call.ended = now;
        if message.starts_with("Event: BridgeEnter") {
            call.answered.get_or_insert(now);
        }
    }

    /// A list was made for the connection accepted then.
    pub(super) fn list(&mut self, accepted: Instant) {
        self.lists.push((accepted, Instant::now()));
    }

    pub(super) fn call(&self, linked_id: &str) -> Option<Told> {
        self.calls.get(linked_id).copied()
    }

    pub(super) fn listed_after(&self, instant: Instant) -> Option<Instant> {
        let later = self.lists.iter().filter(|(accepted, _)| *accepted > instant);
        later.map(|(_, listed)| *listed).min()
    }
}
