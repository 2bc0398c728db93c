//! Calls are taken in side by side, the changes of each call in their order. What is heard of a call while it is busy is
//! taken together next time: the disk is asked once, not once per change, so that a reader which fell behind catches up.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::task::JoinSet;

use super::follow_call::{End, Memory, Taking};
use crate::call::CallUpdate;

/// Calls taken in at once; each needs a connection to the database.
const SIDE_BY_SIDE: usize = 6;
/// Changes that wait; beyond, the exchange's connection is not listened to.
const MOST_WAITING: usize = 2_048;

/// The calls of one turn.
pub(super) struct CallsInHand {
    taking: Arc<Taking>,
    calls: HashMap<String, Lane>,
    /// Calls with changes and nobody at them, in the order in which they are taken.
    ready: VecDeque<String>,
    busy: JoinSet<(String, Memory, Option<End>)>,
    waiting: usize,
    holds_ends: bool,
}

/// One call.
struct Lane {
    waiting: Vec<CallUpdate>,
    /// None while the call is busy.
    memory: Option<Memory>,
}

impl CallsInHand {
    pub(super) fn new(taking: Arc<Taking>) -> Self {
        Self {
            taking,
            calls: HashMap::new(),
            ready: VecDeque::new(),
            busy: JoinSet::new(),
            waiting: 0,
            holds_ends: true,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.waiting < MOST_WAITING
    }

    pub(super) fn is_idle(&self) -> bool {
        self.busy.is_empty()
    }

    pub(super) fn holds_ends(&self) -> bool {
        self.holds_ends
    }

    /// From here on ends of calls met midway are stored as they come.
    pub(super) fn hold_no_ends(&mut self) {
        self.holds_ends = false;
    }

    /// The calls of which something is not stored yet, and those that go on.
    pub(super) fn ids(&self) -> impl Iterator<Item = String> {
        self.calls.keys().cloned()
    }

    pub(super) fn add(&mut self, updates: Vec<CallUpdate>) {
        for update in updates {
            let id = update.call.linkedid.clone();
            let lane = self.calls.entry(id.clone()).or_insert_with(|| Lane {
                waiting: Vec::new(),
                memory: Some(Memory::default()),
            });
            if lane.waiting.is_empty() && lane.memory.is_some() {
                self.ready.push_back(id);
            }
            lane.waiting.push(update);
            self.waiting += 1;
        }
        self.begin();
    }

    fn begin(&mut self) {
        while self.busy.len() < SIDE_BY_SIDE
            && let Some(id) = self.ready.pop_front()
        {
            let Some(lane) = self.calls.get_mut(&id) else {
                continue;
            };
            let updates = std::mem::take(&mut lane.waiting);
            let mut memory = lane.memory.take().unwrap_or_default();
            self.waiting -= updates.len();
            let (taking, holds_ends) = (Arc::clone(&self.taking), self.holds_ends);
            self.busy.spawn(async move {
                let end = taking.take(updates, &mut memory, holds_ends).await;
                (id, memory, end)
            });
        }
    }

    /// Waits until one more call is taken in; answers its end if that is held. None when nothing is in hand. May be
    /// cancelled.
    pub(super) async fn next(&mut self) -> Option<Option<End>> {
        let (id, memory, end) = match self.busy.join_next().await? {
            Ok(done) => done,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return Some(None),
        };
        if let Some(lane) = self.calls.get_mut(&id) {
            let is_over = memory.has_ended && lane.waiting.is_empty();
            lane.memory = Some(memory);
            if is_over {
                self.calls.remove(&id);
            } else if !lane.waiting.is_empty() {
                self.ready.push_back(id);
            }
        }
        self.begin();
        Some(end)
    }
}
