//! After a lost connection: the PBX's list of live channels against what we believed.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::index::Unknown;
use super::live::{Leg, LiveCall, MAX_LEGS};
use super::plan::NumberingPlan;
use super::record::{CallUpdate, Direction, RingEnd};
use super::tracker::CallTracker;
use crate::ami::event::{Channel, Event, STATE_RINGING, STATE_UP};

/// What a PBX says is going on right now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveList {
    /// `CoreShowChannel` events.
    pub channels: Vec<Event>,
    /// `QueueEntry` events.
    pub queue_entries: Vec<Event>,
}

impl CallTracker {
    /// Compares with the PBX. Calls still there go on, calls that are gone end (marked as ended while
    /// disconnected), calls we never saw begin are taken up (marked as met midway).
    pub fn resync(&mut self, list: &LiveList, now: DateTime<Utc>) -> Vec<CallUpdate> {
        let mut out = Vec::new();
        let alive: HashSet<&str> = list
            .channels
            .iter()
            .filter_map(|e| {
                if let Event::LiveChannel { channel, .. } = e {
                    Some(channel.uniqueid.as_str())
                } else {
                    None
                }
            })
            .collect();
        self.end_missing(&alive, now, &mut out);
        for event in &list.channels {
            if let Event::LiveChannel {
                channel,
                bridge,
                age_seconds,
                ..
            } = event
            {
                let since = now - TimeDelta::seconds(*age_seconds);
                self.take_up(channel, bridge.as_deref(), since, now, &mut out);
            }
        }
        for event in &list.queue_entries {
            let Event::QueueEntry { uniqueid, queue } = event else {
                continue;
            };
            if let Some(live) = self
                .by_channel
                .get(uniqueid)
                .and_then(|key| self.calls.get_mut(key))
            {
                live.call.queue = Some(queue.clone());
                live.signs.in_queue = true;
            }
        }
        // Only now are all legs and bridges known, so only now does a look tell who talks.
        for live in self.calls.values_mut() {
            live.settle(&self.plan, now, &mut out);
        }
        out
    }

    /// Drops legs the PBX no longer has, and the calls that have none left.
    fn end_missing(&mut self, alive: &HashSet<&str>, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        let missing: Vec<(u64, String)> = self
            .calls
            .iter()
            .flat_map(|(key, live)| live.legs.keys().map(move |leg| (*key, leg.clone())))
            .filter(|(_, leg)| !alive.contains(leg.as_str()))
            .collect();
        for (key, leg) in missing {
            self.by_channel.remove(&leg);
            self.remember_gone(&leg);
            if let Some(live) = self.calls.get_mut(&key) {
                live.lose_leg(&leg, 0, now, out);
            }
        }
        let empty: Vec<u64> = self
            .calls
            .iter()
            .filter(|(_, c)| c.legs.is_empty())
            .map(|(key, _)| *key)
            .collect();
        for key in empty {
            self.close(key, now, out, |call| call.ended_while_disconnected = true);
        }
    }

    /// A channel the PBX has, known or not.
    fn take_up(
        &mut self,
        channel: &Channel,
        bridge: Option<&str>,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        let Some(key) = self.find(channel, Unknown::TakeUp, now, out) else {
            return;
        };
        let Some(live) = self.calls.get_mut(&key) else {
            return;
        };
        live.heard_at = now;
        live.note_leg(channel, &self.plan);
        self.by_channel.insert(channel.uniqueid.clone(), key);
        if let Some(leg) = live.legs.get_mut(&channel.uniqueid) {
            leg.bridge = bridge.map(str::to_owned);
        }
        live.listed(channel, since);
    }
}

impl LiveCall {
    /// The PBX listed a channel of this call that came into being at `since`.
    fn listed(&mut self, channel: &Channel, since: DateTime<Utc>) {
        if self.adopted.len() < MAX_LEGS {
            self.adopted.push((since, channel.clone()));
        }
    }

    /// All channels are listed: says what rings and who talks, and of a call taken up, who called whom.
    fn settle(&mut self, plan: &NumberingPlan, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        let mut listed = std::mem::take(&mut self.adopted);
        listed.sort_by(|a, b| (a.0, &a.1.uniqueid).cmp(&(b.0, &b.1.uniqueid)));
        // An event may have told of the call before, but not who called whom.
        let is_new = !self.is_announced() || (self.call.met_midway && !self.direction_known);
        if let Some((since, first)) = listed.first().filter(|_| is_new) {
            self.first.clone_from(&first.uniqueid);
            self.call.started_at = *since;
            self.wait_from = *since;
            self.learn_from_first(first, plan, now, out);
            let outside = listed
                .iter()
                .find(|(_, c)| self.legs.get(&c.uniqueid).is_some_and(Leg::is_outside));
            if let Some((_, outside)) = outside.filter(|_| self.call.direction == Direction::Internal) {
                self.direction(Direction::Outbound);
                self.signs.outside_dialled_at = Some(*since);
                self.call.client_number = self
                    .call
                    .client_number
                    .take()
                    .or_else(|| outside.caller_number.clone());
            }
            self.announce(now, out);
        }
        for (_, channel) in listed {
            match channel.state {
                Some(STATE_RINGING) => {
                    if let Some(leg) = self.legs.get_mut(&channel.uniqueid) {
                        leg.dialling = true;
                    }
                    self.ring_start(&channel.uniqueid, now, out);
                }
                Some(STATE_UP) => self.ring_stop(&channel.uniqueid, RingEnd::Answered, now, out),
                _ => {}
            }
        }
        self.review_talk(now, out);
    }
}
