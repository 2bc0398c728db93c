//! What happens at this moment, from NATS to the pages that are open.
//!
//! A [`Signal`] says which topics changed (`leads`, `client:<id>`, …) or what a call does; open event streams
//! filter by group. The queue is bounded: who reads too slowly is told to reconnect and reads everything anew.

mod allowance;
mod feed;
mod follow;
mod page;
mod pop;
pub mod sse;

pub use follow::{follow_facts, follow_signals};

use std::sync::Arc;

use edina_proto::calls::v1::CallLive;
use edina_runtime::group::GroupId;
use serde_json::Value;
use tokio::sync::{broadcast, watch};

/// Signals that a slow reader may lag behind: some seconds of a hundred calls a second. About 1 KB each.
const BACKLOG: usize = 4096;

/// Something that open pages should know.
#[derive(Debug, Clone)]
pub struct Signal {
    /// The group it belongs to.
    pub group: GroupId,
    /// What to read again: `leads`, `calls`, `tasks`, `messages`, `reviews`, `inputs`, `people`, `client:<id>`.
    pub topics: Vec<String>,
    /// The same for programs: `{"type", "id", …ids}`.
    pub json: Value,
    /// What a call does.
    pub call: Option<CallLive>,
}

/// Spreads signals to the open event streams.
#[derive(Debug, Clone)]
pub struct Hub {
    /// What happened last.
    pub feed: feed::Feed,
    sender: broadcast::Sender<Arc<Signal>>,
    closing: tokio_util::sync::CancellationToken,
    /// Rises when a session may have ended.
    rights: Arc<watch::Sender<u64>>,
    allowance: allowance::Allowance,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            feed: feed::Feed::default(),
            sender: broadcast::Sender::new(BACKLOG),
            closing: tokio_util::sync::CancellationToken::new(),
            rights: Arc::default(),
            allowance: allowance::Allowance::default(),
        }
    }
}

impl Hub {
    /// Tells everybody.
    pub fn send(&self, signal: Signal) {
        if signal.call.is_none() {
            self.feed.take(&signal.group, &signal.json);
        }
        if signal.topics.iter().any(|topic| topic == "people") {
            self.recheck();
        }
        // Nobody listens: nobody to tell.
        drop(self.sender.send(Arc::new(signal)));
    }

    /// Tells that topics of a group changed.
    pub fn say(&self, group: &GroupId, topics: &[&str]) {
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        self.send(Signal {
            group: group.clone(),
            topics,
            json: Value::Null,
            call: None,
        });
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Signal>> {
        self.sender.subscribe()
    }

    /// Makes the open event streams look at once whether their sessions still stand.
    pub fn recheck(&self) {
        self.rights.send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Hears of [`Self::recheck`].
    fn rechecks(&self) -> watch::Receiver<u64> {
        self.rights.subscribe()
    }

    /// Ends all event streams.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Resolves when event streams should end.
    pub fn closed(&self) -> tokio_util::sync::WaitForCancellationFutureOwned {
        self.closing.clone().cancelled_owned()
    }
}
