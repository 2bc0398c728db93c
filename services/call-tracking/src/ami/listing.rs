//! Collects what is live on a PBX: the answers to `CoreShowChannels` and `QueueStatus`, which come as events
//! between other events.

use std::time::Duration;

use tokio::time::Instant;

use super::event::Event;
use crate::call::LiveList;

/// Most channels or callers kept of a list; a PBX with more is listed up to there.
const MAX_LISTED: usize = 50_000;
/// A list that is not complete by then stays as it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// A listing under way.
#[derive(Debug)]
pub(super) struct Listing {
    channels_id: String,
    queues_id: String,
    list: LiveList,
    channels_done: bool,
    queues_done: bool,
    until: Instant,
}

/// How far a listing is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Going,
    Complete(LiveList),
    /// The PBX does not list channels.
    Failed,
}

impl Listing {
    pub(super) fn new(channels_id: String, queues_id: String) -> Self {
        Self {
            channels_id,
            queues_id,
            list: LiveList::default(),
            channels_done: false,
            queues_done: false,
            until: Instant::now() + PATIENCE,
        }
    }

    /// When it is given up.
    pub(super) fn until(&self) -> Instant {
        self.until
    }

    pub(super) fn take(&mut self, event: &Event) -> Step {
        let ours = |id: &Option<String>, expected: &str| id.as_deref().is_none_or(|id| id == expected);
        match event {
            Event::LiveChannel { action_id, .. } if ours(action_id, &self.channels_id) => {
                if self.list.channels.len() < MAX_LISTED {
                    self.list.channels.push(event.clone());
                }
            }
            Event::QueueEntry { .. } if !self.queues_done => {
                if self.list.queue_entries.len() < MAX_LISTED {
                    self.list.queue_entries.push(event.clone());
                }
            }
            Event::LiveChannelsComplete { action_id } if ours(action_id, &self.channels_id) => {
                self.channels_done = true
            }
            Event::QueueStatusComplete { action_id } if ours(action_id, &self.queues_id) => {
                self.queues_done = true
            }
            _ => return Step::Going,
        }
        self.step()
    }

    /// The PBX refused one of the two. Without queues we can live, without channels not.
    pub(super) fn refused(&mut self, action_id: &str) -> Step {
        if action_id == self.channels_id {
            return Step::Failed;
        }
        if action_id == self.queues_id {
            self.queues_done = true;
        }
        self.step()
    }

    /// Its time is over. Without queues we can live, without channels not.
    pub(super) fn give_up(&mut self) -> Step {
        self.queues_done = true;
        match self.step() {
            Step::Going => Step::Failed,
            step => step,
        }
    }

    fn step(&mut self) -> Step {
        if self.channels_done && self.queues_done {
            Step::Complete(std::mem::take(&mut self.list))
        } else {
            Step::Going
        }
    }
}
