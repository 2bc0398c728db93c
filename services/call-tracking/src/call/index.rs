//! The tracker's memory: which call a channel or linkedid belongs to, how calls begin, merge and close, and the
//! bounds of it all.

use chrono::{DateTime, Utc};

use super::live::LiveCall;
use super::record::{Call, CallUpdate};
use super::tracker::CallTracker;
use crate::ami::event::Channel;

/// What may happen to an event of a call we do not know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It begins here.
    Begin,
    /// It was going on already; take it up.
    TakeUp,
    /// A late event of something that is over.
    Ignore,
}

impl CallTracker {
    /// Lets the call of `channel` do something, after its leg is noted.
    pub(super) fn on(
        &mut self,
        channel: &Channel,
        unknown: Unknown,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
        act: impl FnOnce(&mut LiveCall, &mut Vec<CallUpdate>),
    ) {
        let Some(key) = self.find(channel, unknown, now, out) else {
            return;
        };
        let Some(live) = self.calls.get_mut(&key) else {
            return;
        };
        live.heard_at = now;
        // An event that may not begin a call may not add a leg either: the leg's hang-up may already be past.
        if unknown != Unknown::Ignore || live.legs.contains_key(&channel.uniqueid) {
            if !self.gone.contains(&channel.uniqueid) {
                live.note_leg(channel, &self.plan);
                self.by_channel.insert(channel.uniqueid.clone(), key);
            }
            live.learn_from_first(channel, &self.plan, now, out);
        }
        act(live, out);
    }

    /// The call of a channel: known by the channel, by the linkedid, or new.
    pub(super) fn find(
        &mut self,
        channel: &Channel,
        unknown: Unknown,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) -> Option<u64> {
        let by_channel = self.by_channel.get(&channel.uniqueid).copied();
        let by_linkedid = self.by_linkedid.get(&channel.linkedid).copied();
        match (by_channel, by_linkedid) {
            (Some(a), Some(b)) if a != b => self.merge(a, b, now, out),
            (Some(a), None) => {
                self.by_linkedid.insert(channel.linkedid.clone(), a);
                if let Some(live) = self.calls.get_mut(&a) {
                    live.linkedids.push(channel.linkedid.clone());
                }
                Some(a)
            }
            (Some(a), Some(_)) => Some(a),
            (None, Some(b)) => Some(b),
            (None, None) if unknown == Unknown::Ignore || self.gone.contains(&channel.uniqueid) => None,
            (None, None) => Some(self.begin(channel, unknown == Unknown::TakeUp, now, out)),
        }
    }

    pub(super) fn begin(
        &mut self,
        channel: &Channel,
        met_midway: bool,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) -> u64 {
        while self.calls.len() >= self.limits.live_calls.max(1) {
            let Some(oldest) = self.calls.keys().next().copied() else {
                break;
            };
            self.give_up(oldest, now, out);
        }
        let key = self.next_key;
        self.next_key += 1;
        let mut live = LiveCall::new(channel, now);
        live.call.met_midway = met_midway;
        self.by_linkedid.insert(channel.linkedid.clone(), key);
        self.calls.insert(key, live);
        key
    }

    /// Makes one call of two and answers which one stayed.
    pub(super) fn merge(
        &mut self,
        a: u64,
        b: u64,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) -> Option<u64> {
        let first_stays = self.calls.get(&a)?.outranks(self.calls.get(&b)?);
        let (stays, goes) = if first_stays { (a, b) } else { (b, a) };
        let gone = self.calls.remove(&goes)?;
        for linkedid in &gone.linkedids {
            self.by_linkedid.insert(linkedid.clone(), stays);
        }
        for leg in gone.legs.keys() {
            self.by_channel.insert(leg.clone(), stays);
        }
        let live = self.calls.get_mut(&stays)?;
        live.absorb(gone, now, out);
        Some(stays)
    }

    pub(super) fn remember_gone(&mut self, uniqueid: &str) {
        if self.gone.insert(uniqueid.to_owned()) {
            self.gone_order.push_back(uniqueid.to_owned());
        }
        while self.gone_order.len() > self.limits.gone_channels {
            if let Some(oldest) = self.gone_order.pop_front() {
                self.gone.remove(&oldest);
            }
        }
    }

    pub(super) fn give_up(&mut self, key: u64, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        self.close(key, now, out, |call| call.expired = true);
    }

    pub(super) fn close(
        &mut self,
        key: u64,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
        mark: impl FnOnce(&mut Call),
    ) {
        let Some(mut live) = self.calls.remove(&key) else {
            return;
        };
        for linkedid in &live.linkedids {
            if self.by_linkedid.get(linkedid) == Some(&key) {
                self.by_linkedid.remove(linkedid);
            }
        }
        let legs: Vec<String> = live.legs.keys().cloned().collect();
        for leg in legs {
            self.by_channel.remove(&leg);
            self.remember_gone(&leg);
        }
        mark(&mut live.call);
        live.end(now, out);
    }
}
