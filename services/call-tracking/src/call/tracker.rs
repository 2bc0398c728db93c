//! Finds the call each event belongs to, by `Linkedid` and by channel, and lets it take the event in.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::index::Unknown;
use super::live::LiveCall;
use super::plan::NumberingPlan;
use super::record::{Call, CallUpdate, Direction, RingEnd};
use super::transfer::Attended;
use crate::ami::event::{Channel, Event, STATE_RINGING, STATE_UP};

/// Bounds of what a tracker keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most calls at once; the oldest is given up for one more.
    pub live_calls: usize,
    /// A call of which nothing was heard for so long is given up.
    pub silence: TimeDelta,
    /// How many gone channels are remembered, so that a late event does not bring a call back.
    pub gone_channels: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            live_calls: 10_000,
            silence: TimeDelta::hours(4),
            gone_channels: 8_192,
        }
    }
}

/// Follows all calls of one PBX.
#[derive(Debug)]
pub struct CallTracker {
    pub(super) plan: Arc<NumberingPlan>,
    pub(super) limits: Limits,
    /// Keys grow, so the first entry is the oldest call.
    pub(super) calls: BTreeMap<u64, LiveCall>,
    pub(super) by_linkedid: HashMap<String, u64>,
    pub(super) by_channel: HashMap<String, u64>,
    pub(super) gone: HashSet<String>,
    pub(super) gone_order: VecDeque<String>,
    pub(super) next_key: u64,
}

impl CallTracker {
    /// An empty tracker.
    pub fn new(plan: NumberingPlan, limits: Limits) -> Self {
        Self {
            plan: Arc::new(plan),
            limits,
            calls: BTreeMap::new(),
            by_linkedid: HashMap::new(),
            by_channel: HashMap::new(),
            gone: HashSet::new(),
            gone_order: VecDeque::new(),
            next_key: 0,
        }
    }

    /// The calls going on, oldest first, as they are at `now`.
    pub fn live(&self, now: DateTime<Utc>) -> Vec<Call> {
        self.calls.values().map(|c| c.snapshot(now)).collect()
    }

    /// How many calls go on.
    pub fn live_count(&self) -> usize {
        self.calls.len()
    }

    /// Takes an event in and says what changed, in order.
    pub fn handle(&mut self, event: &Event, now: DateTime<Utc>) -> Vec<CallUpdate> {
        let mut out = Vec::new();
        self.take_in(event, now, &mut out);
        out
    }

    /// Gives up calls of which nothing was heard for too long. Call it now and then.
    pub fn expire(&mut self, now: DateTime<Utc>) -> Vec<CallUpdate> {
        let mut out = Vec::new();
        let silent: Vec<u64> = self
            .calls
            .iter()
            .filter(|(_, c)| now - c.heard_at > self.limits.silence)
            .map(|(key, _)| *key)
            .collect();
        for key in silent {
            self.give_up(key, now, &mut out);
        }
        out
    }

    fn take_in(&mut self, event: &Event, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        match event {
            Event::NewChannel(channel) => {
                self.on(channel, Unknown::Begin, now, out, |_, _| {});
            }
            Event::NewState(channel) => {
                self.on(channel, Unknown::TakeUp, now, out, |live, out| {
                    match channel.state {
                        Some(STATE_RINGING) => live.ring_start(&channel.uniqueid, now, out),
                        Some(STATE_UP) => live.ring_stop(&channel.uniqueid, RingEnd::Answered, now, out),
                        _ => {}
                    }
                });
            }
            Event::NewCallerId(channel) => self.on(channel, Unknown::Ignore, now, out, |_, _| {}),
            Event::NewExten { channel, application } => {
                let voicemail = application.eq_ignore_ascii_case("VoiceMail");
                self.on(channel, Unknown::Ignore, now, out, |live, _| {
                    live.signs.voicemail |= voicemail
                });
            }
            Event::DialBegin { from, to } => self.dial_begin(from.as_ref(), to, now, out),
            Event::DialState { to, status } => {
                if status == "RINGING" {
                    self.on(to, Unknown::TakeUp, now, out, |live, out| {
                        live.ring_start(&to.uniqueid, now, out)
                    });
                }
            }
            Event::DialEnd { to, status, .. } => {
                self.on(to, Unknown::Ignore, now, out, |live, out| {
                    live.dial_end(&to.uniqueid, status, now, out)
                });
            }
            Event::QueueJoin { caller, queue } => self.on(caller, Unknown::TakeUp, now, out, |live, _| {
                live.call.queue = Some(queue.clone());
                live.signs.in_queue = true;
                live.signs.ring_no_answer = false;
            }),
            Event::QueueLeave { caller, .. } => self.on(caller, Unknown::Ignore, now, out, |live, _| {
                live.signs.in_queue = false
            }),
            Event::QueueAbandon { caller, queue } => self.on(caller, Unknown::Ignore, now, out, |live, _| {
                live.call.queue.get_or_insert_with(|| queue.clone());
                live.queue_abandoned();
            }),
            Event::AgentCalled { caller, .. } | Event::AgentComplete { caller } => {
                self.on(caller, Unknown::Ignore, now, out, |_, _| {});
            }
            Event::AgentRingNoAnswer { caller } => {
                self.on(caller, Unknown::Ignore, now, out, |live, _| {
                    live.signs.ring_no_answer = true
                });
            }
            Event::AgentConnect { caller, agent } => self.agent_connect(caller, agent, now, out),
            Event::BridgeEnter { bridge, channel } => {
                self.on(channel, Unknown::TakeUp, now, out, |live, out| {
                    if let Some(leg) = live.legs.get_mut(&channel.uniqueid) {
                        leg.bridge = Some(bridge.clone());
                    }
                    live.review_talk(now, out);
                })
            }
            Event::BridgeLeave { bridge, channel } => {
                self.on(channel, Unknown::Ignore, now, out, |live, out| {
                    if let Some(leg) = live
                        .legs
                        .get_mut(&channel.uniqueid)
                        .filter(|l| l.bridge.as_ref() == Some(bridge))
                    {
                        leg.bridge = None;
                    }
                    live.review_talk(now, out);
                })
            }
            Event::BridgeMerge { to, from } => self.bridge_merge(to, from, now, out),
            Event::BlindTransfer {
                transferer,
                extension,
                success,
                ..
            } => {
                if *success {
                    self.blind(transferer, extension, now, out);
                }
            }
            Event::AttendedTransfer {
                first,
                second,
                transferee,
                target,
                success,
            } => {
                let (transferee, target) = (transferee.as_ref(), target.as_ref());
                if *success {
                    self.attended(
                        &Attended {
                            first,
                            second,
                            transferee,
                            target,
                        },
                        now,
                        out,
                    );
                }
            }
            Event::LocalBridge { one, two } => {
                self.on(one, Unknown::Ignore, now, out, |_, _| {});
                self.on(two, Unknown::Ignore, now, out, |live, out| {
                    live.review_talk(now, out)
                });
            }
            Event::HangupRequest(channel) => self.on(channel, Unknown::Ignore, now, out, |live, _| {
                if live.first == channel.uniqueid {
                    live.caller_hangs_up();
                }
            }),
            Event::Hangup { channel, cause } => self.hangup(channel, *cause, now, out),
            Event::Hold(channel) => self.on(channel, Unknown::Ignore, now, out, |live, out| {
                live.hold(true, now, out)
            }),
            Event::Unhold(channel) => self.on(channel, Unknown::Ignore, now, out, |live, out| {
                live.hold(false, now, out)
            }),
            Event::FullyBooted
            | Event::Shutdown
            | Event::Cdr
            | Event::OriginateResponse { .. }
            | Event::LiveChannel { .. }
            | Event::LiveChannelsComplete { .. }
            | Event::QueueEntry { .. }
            | Event::QueueStatusComplete { .. }
            | Event::Other => {}
        }
    }

    fn dial_begin(
        &mut self,
        from: Option<&Channel>,
        to: &Channel,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        if let Some(from) = from {
            self.on(from, Unknown::TakeUp, now, out, |_, _| {});
            // A PBX without linkedids tells only here that the two belong together.
            let caller = self.by_channel.get(&from.uniqueid).copied();
            let called = self.by_channel.get(&to.uniqueid).copied();
            if let (Some(caller), Some(called)) = (caller, called)
                && caller != called
            {
                self.merge(called, caller, now, out);
            }
        }
        let plan = Arc::clone(&self.plan);
        self.on(to, Unknown::TakeUp, now, out, |live, out| {
            live.dial_begin(from, to, &plan, now, out)
        });
    }

    fn agent_connect(
        &mut self,
        caller: &Channel,
        agent: &Channel,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        self.on(caller, Unknown::TakeUp, now, out, |live, _| {
            live.signs.in_queue = false
        });
        self.on(agent, Unknown::TakeUp, now, out, |live, out| {
            live.ring_stop(&agent.uniqueid, RingEnd::Answered, now, out);
            // Through a Local channel the member's real leg is another one; its bridge will tell.
            if live.legs.get(&agent.uniqueid).is_some_and(|l| !l.is_dialplan()) {
                live.answered_by_leg(&agent.uniqueid, now, out);
            }
        });
    }

    fn bridge_merge(&mut self, to: &str, from: &str, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        for live in self.calls.values_mut() {
            let mut moved = false;
            for leg in live
                .legs
                .values_mut()
                .filter(|l| l.bridge.as_deref() == Some(from))
            {
                leg.bridge = Some(to.to_owned());
                moved = true;
            }
            if moved {
                live.heard_at = now;
                live.review_talk(now, out);
            }
        }
    }

    fn hangup(&mut self, channel: &Channel, cause: u16, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        self.on(channel, Unknown::Ignore, now, out, |_, _| {});
        let key = self.by_channel.remove(&channel.uniqueid);
        self.remember_gone(&channel.uniqueid);
        let Some(key) = key else { return };
        let Some(live) = self.calls.get_mut(&key) else {
            return;
        };
        live.lose_leg(&channel.uniqueid, cause, now, out);
        if live.legs.is_empty() {
            self.close(key, now, out, |_| {});
        }
    }

    /// Counts live calls by direction, for a gauge.
    pub fn live_by_direction(&self, direction: Direction) -> usize {
        self.calls
            .values()
            .filter(|c| c.call.direction == direction)
            .count()
    }
}
