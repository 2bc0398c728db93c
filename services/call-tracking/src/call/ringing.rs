//! Dialling and ringing: legs that are called, phones that ring, and how either ends.

use chrono::{DateTime, Utc};

use super::live::{LiveCall, is_number};
use super::plan::{ChannelName, NumberingPlan};
use super::record::{CallUpdate, Change, Direction, Ring, RingEnd};
use crate::ami::event::Channel;

/// Most rings kept of one call.
const MAX_RINGS: usize = 256;

impl LiveCall {
    /// A leg is dialled: learns from it about click-to-call and outbound calls.
    pub(super) fn dial_begin(
        &mut self,
        from: Option<&Channel>,
        to: &Channel,
        plan: &NumberingPlan,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        self.signs.ring_no_answer = false;
        let through = from
            .map(|f| ChannelName::read(&f.name))
            .filter(ChannelName::is_local);
        let via = through
            .map(|l| l.peer.to_owned())
            .filter(|p| plan.is_extension(p));
        let Some(leg) = self.legs.get_mut(&to.uniqueid) else {
            return;
        };
        leg.dialling = true;
        leg.via = via.clone();
        let (outside, extension) = (leg.is_outside(), leg.extension().map(str::to_owned));
        if from.is_none() {
            self.call.originated = true;
        }
        if self.call.originated && self.call.placed_by.is_none() {
            self.call.placed_by = extension;
        }
        let inbound = self.direction_known && self.call.direction == Direction::Inbound;
        if outside && !inbound && via.is_none() {
            if self.call.direction != Direction::Outbound || self.signs.outside_dialled_at.is_none() {
                self.wait_from = now;
            }
            self.signs.outside_dialled_at.get_or_insert(now);
            self.direction(Direction::Outbound);
            let dialled = from.and_then(|f| f.exten.clone()).filter(|e| is_number(e));
            let number = to.caller_number.clone().filter(|n| is_number(n)).or(dialled);
            self.call.client_number = self.call.client_number.take().or(number);
            self.call.line = from
                .and_then(|f| f.caller_number.clone())
                .filter(|n| !plan.is_extension(n))
                .or(self.call.line.take());
            self.announce(now, out);
        } else if from.is_none() && !self.direction_known {
            let client = to
                .caller_number
                .clone()
                .filter(|n| is_number(n) && !plan.is_extension(n));
            if client.is_some() {
                self.call.client_number = client;
                self.direction(Direction::Outbound);
                self.announce(now, out);
            }
        }
    }

    pub(super) fn ring_start(&mut self, uniqueid: &str, now: DateTime<Utc>, out: &mut Vec<CallUpdate>) {
        let Some(leg) = self.legs.get_mut(uniqueid).filter(|l| !l.up && !l.ringing) else {
            return;
        };
        let Some(extension) = leg.extension().map(str::to_owned) else {
            return;
        };
        leg.ringing = true;
        if self.call.rings.len() < MAX_RINGS {
            self.call.rings.push(Ring {
                extension: extension.clone(),
                started_at: now,
                stopped_at: None,
                end: None,
            });
        }
        if !self.call.ringing.contains(&extension) {
            self.call.ringing.push(extension.clone());
            self.say(Change::Ringing { extension }, now, out);
        }
    }

    pub(super) fn ring_stop(
        &mut self,
        uniqueid: &str,
        end: RingEnd,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        let Some(leg) = self.legs.get_mut(uniqueid).filter(|l| l.ringing) else {
            return;
        };
        leg.ringing = false;
        let Some(extension) = leg.extension().map(str::to_owned) else {
            return;
        };
        if let Some(ring) = self
            .call
            .rings
            .iter_mut()
            .find(|r| r.extension == extension && r.stopped_at.is_none())
        {
            ring.stopped_at = Some(now);
            ring.end = Some(end);
        }
        // A phone with two legs of one call (two devices) rings until the last of them stops.
        if !self
            .legs
            .values()
            .any(|l| l.ringing && l.extension() == Some(&extension))
        {
            self.call.ringing.retain(|e| *e != extension);
            self.say(Change::StoppedRinging { extension, end }, now, out);
        }
    }

    pub(super) fn dial_end(
        &mut self,
        uniqueid: &str,
        status: &str,
        now: DateTime<Utc>,
        out: &mut Vec<CallUpdate>,
    ) {
        let Some(leg) = self.legs.get_mut(uniqueid) else {
            return;
        };
        let repeated = !std::mem::take(&mut leg.dialling);
        let (dialplan, outside) = (leg.is_dialplan(), leg.is_outside());
        let end = match status {
            "ANSWER" => RingEnd::Answered,
            "BUSY" => RingEnd::Busy,
            "NOANSWER" => RingEnd::NoAnswer,
            "CANCEL" | "ABORT" | "" => RingEnd::Cancelled,
            _ => RingEnd::Failed,
        };
        leg.up |= end == RingEnd::Answered;
        if !repeated {
            self.signs.dial_ended(end, dialplan, outside);
        }
        self.ring_stop(uniqueid, end, now, out);
    }
}
