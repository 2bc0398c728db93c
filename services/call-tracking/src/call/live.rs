//! A call in progress: its legs (channels) and what they did so far. [`super::tracker`] finds the call an event
//! belongs to; [`super::talk`] decides who talks with whom; [`super::outcome`] how it ended.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::outcome::Signs;
use super::plan::{NumberingPlan, Party};
use super::record::{Call, CallUpdate, Change, Direction, RingEnd, Transfer};
use super::talk::Talk;
use crate::ami::event::{Channel, STATE_UP};

/// Most channels, rings and transfers kept of one call; real calls have a handful.
pub(super) const MAX_LEGS: usize = 256;
const MAX_TRANSFERS: usize = 64;

/// Ring (a channel that calls us), as opposed to ringing.
const STATE_RING: u8 = 4;

/// One channel of a call.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) channel: String,
    pub(super) party: Party,
    pub(super) up: bool,
    pub(super) ringing: bool,
    pub(super) dialling: bool,
    pub(super) bridge: Option<String>,
    /// Extension of the Local channel through which this leg was dialled.
    pub(super) via: Option<String>,
}

impl Leg {
    /// The employee's extension this leg stands for.
    pub(super) fn extension(&self) -> Option<&str> {
        match &self.party {
            Party::Extension(e) => Some(e),
            Party::Outside(_) => self.via.as_deref(),
            Party::Dialplan(_) => None,
        }
    }

    pub(super) fn is_outside(&self) -> bool {
        matches!(self.party, Party::Outside(_))
    }

    pub(super) fn is_dialplan(&self) -> bool {
        matches!(self.party, Party::Dialplan(_))
    }
}

/// A call that has not ended.
#[derive(Debug, Clone)]
pub(super) struct LiveCall {
    pub(super) call: Call,
    pub(super) legs: BTreeMap<String, Leg>,
    /// Identifier of the leg the call began with.
    pub(super) first: String,
    /// Every linkedid that means this call.
    pub(super) linkedids: Vec<String>,
    pub(super) signs: Signs,
    pub(super) talk: Talk,
    pub(super) heard_at: DateTime<Utc>,
    pub(super) wait_from: DateTime<Utc>,
    /// Channels the PBX listed in the resynchronisation under way, with when they came into being.
    pub(super) adopted: Vec<(DateTime<Utc>, Channel)>,
    pub(super) direction_known: bool,
    announced: bool,
}

impl LiveCall {
    pub(super) fn new(first: &Channel, now: DateTime<Utc>) -> Self {
        let call = Call {
            linkedid: first.linkedid.clone(),
            direction: Direction::Internal,
            client_number: None,
            client_name: None,
            line: None,
            queue: None,
            placed_by: None,
            ringing: Vec::new(),
            rings: Vec::new(),
            started_at: now,
            answered_at: None,
            answered_by: None,
            talking: None,
            ended_at: None,
            wait_seconds: 0,
            talk_seconds: 0,
            on_hold: false,
            holds: 0,
            transfers: Vec::new(),
            outcome: None,
            cause: 0,
            originated: false,
            met_midway: false,
            ended_while_disconnected: false,
            expired: false,
            merged_into: None,
        };
        Self {
            call,
            legs: BTreeMap::new(),
            first: first.uniqueid.clone(),
            linkedids: vec![first.linkedid.clone()],
            signs: Signs::default(),
            talk: Talk::default(),
            heard_at: now,
            wait_from: now,
            adopted: Vec::new(),
            direction_known: false,
            announced: false,
        }
    }

    /// Says a change, and before the first one that the call is there.
    pub(super) fn say(&mut self, change: Change, at: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        self.announce(at, out);
        out.push(CallUpdate {
            change,
            at,
            call: self.snapshot(at),
        });
    }

    pub(super) fn is_announced(&self) -> bool {
        self.announced
    }

    pub(super) fn announce(&mut self, at: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        if !self.announced {
            self.announced = true;
            out.push(CallUpdate {
                change: Change::Started,
                at,
                call: self.snapshot(at),
            });
        }
    }

    /// The call as it is at `at`, with the running seconds filled in.
    pub(super) fn snapshot(&self, at: DateTime<Utc>) -> Call {
        let mut call = self.call.clone();
        let until = call.answered_at.or(call.ended_at).unwrap_or(at);
        call.wait_seconds = (until - self.wait_from).num_seconds().max(0);
        call.talk_seconds = self.talk.seconds(at);
        call
    }

    /// Adds the channel as a leg or refreshes what is known of it.
    pub(super) fn note_leg(&mut self, channel: &Channel, plan: &NumberingPlan) {
        let party = plan.party(&channel.name, channel.caller_number.as_deref());
        if let Some(leg) = self.legs.get_mut(&channel.uniqueid) {
            leg.up |= channel.state == Some(STATE_UP);
            if let (Party::Extension(old), Party::Extension(new)) = (&leg.party, &party)
                && !leg.ringing
                && !plan.is_extension(old)
                && plan.is_extension(new)
            {
                if self.call.placed_by.as_ref() == Some(old) {
                    self.call.placed_by = Some(new.clone());
                }
                leg.party = party;
            }
        } else if self.legs.len() < MAX_LEGS {
            let leg = Leg {
                channel: channel.name.clone(),
                party,
                up: channel.state == Some(STATE_UP),
                ringing: false,
                dialling: false,
                bridge: None,
                via: None,
            };
            self.legs.insert(channel.uniqueid.clone(), leg);
        }
    }

    /// Learns who called whom from the first leg, as soon as it tells.
    pub(super) fn learn_from_first(
        &mut self,
        channel: &Channel,
        plan: &NumberingPlan,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        if self.direction_known || channel.uniqueid != self.first {
            return;
        }
        let Some(leg) = self.legs.get(&self.first) else {
            return;
        };
        match leg.party.clone() {
            Party::Outside(_)
                if channel.exten.is_some() || channel.state == Some(STATE_RING) || self.call.met_midway =>
            {
                self.direction(Direction::Inbound);
                self.call.client_number.clone_from(&channel.caller_number);
                self.call.client_name.clone_from(&channel.caller_name);
                self.call.line.clone_from(&channel.exten);
            }
            Party::Extension(extension) => {
                let Some(dialled) = channel.exten.clone().filter(|_| !self.call.originated) else {
                    return;
                };
                self.call.placed_by = Some(extension);
                let outside = !plan.is_extension(&dialled) && is_number(&dialled);
                self.direction(if outside {
                    Direction::Outbound
                } else {
                    Direction::Internal
                });
                if outside {
                    self.call.client_number = Some(dialled);
                }
            }
            Party::Outside(_) | Party::Dialplan(_) => return,
        }
        self.announce(now, out);
    }

    pub(super) fn direction(&mut self, direction: Direction) {
        self.call.direction = direction;
        self.direction_known = true;
    }

    /// A leg is gone. `cause` as in [`crate::ami::event::Event::Hangup`].
    pub(super) fn lose_leg(
        &mut self,
        uniqueid: &str,
        cause: u16,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        let end = match cause {
            17 => RingEnd::Busy,
            18 | 19 => RingEnd::NoAnswer,
            _ => RingEnd::Cancelled,
        };
        self.ring_stop(uniqueid, end, now, out);
        self.legs.remove(uniqueid);
        if uniqueid == self.first {
            self.call.cause = cause;
        }
        self.review_talk(now, out);
    }

    pub(super) fn hold(&mut self, on: bool, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        if self.call.on_hold != on {
            self.call.on_hold = on;
            self.call.holds = self.call.holds.saturating_add(u32::from(on));
            self.say(Change::Held { on }, now, out);
        }
    }

    pub(super) fn transferred(&mut self, transfer: Transfer, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        if self.call.transfers.len() < MAX_TRANSFERS {
            self.call.transfers.push(transfer.clone());
            self.say(Change::Transferred { transfer }, now, out);
        }
    }

    /// Closes the call and says so.
    pub(super) fn end(&mut self, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        let ringing: Vec<String> = self
            .legs
            .iter()
            .filter(|(_, l)| l.ringing)
            .map(|(id, _)| id.clone())
            .collect();
        for leg in ringing {
            self.ring_stop(&leg, RingEnd::Cancelled, now, out);
        }
        self.talk.stop(now);
        self.call.ended_at = Some(now);
        self.call.on_hold = false;
        let outcome = super::outcome::of(self);
        self.call.outcome = Some(outcome);
        self.say(Change::Ended { outcome }, now, out);
    }
}

/// Something one dials on a telephone, as opposed to a name of the dialplan.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    digits.len() >= 2 && digits.bytes().all(|b| b.is_ascii_digit())
}
