//! How a call ended, from the signs it left. Detail records are not asked: they count waiting as talk and say
//! ANSWERED when only an announcement did.

use chrono::{DateTime, Utc};

use super::live::LiveCall;
use super::record::{Direction, Outcome, RingEnd};

/// What happened in a call that tells how it ended if nobody talked.
#[derive(Debug, Clone, Default)]
pub(super) struct Signs {
    /// How dialled legs ended, real phones and trunks.
    ends: Vec<RingEnd>,
    /// The same for halves of Local channels, which count only when no real leg was dialled.
    dialplan_ends: Vec<RingEnd>,
    /// How the last trunk leg ended.
    outside_end: Option<RingEnd>,
    pub(super) outside_dialled_at: Option<DateTime<Utc>>,
    pub(super) voicemail: bool,
    pub(super) in_queue: bool,
    /// A queue member let it ring and nobody was dialled since.
    pub(super) ring_no_answer: bool,
    pub(super) queue_abandoned: bool,
    pub(super) queue_timed_out: bool,
    /// The first party hung up while it still could have been answered.
    pub(super) caller_gave_up: bool,
}

/// Most ends remembered of one call.
const MAX_ENDS: usize = 256;

impl Signs {
    pub(super) fn dial_ended(&mut self, end: RingEnd, dialplan: bool, outside: bool) {
        let ends = if dialplan {
            &mut self.dialplan_ends
        } else {
            &mut self.ends
        };
        if ends.len() < MAX_ENDS {
            ends.push(end);
        }
        if outside {
            self.outside_end = Some(end);
        }
    }

    fn tried(&self) -> &[RingEnd] {
        if self.ends.is_empty() {
            &self.dialplan_ends
        } else {
            &self.ends
        }
    }
}

impl LiveCall {
    /// The first party hangs up. It gives up only if somebody could still have answered: after "busy" or "nobody
    /// is here" it merely leaves.
    pub(super) fn caller_hangs_up(&mut self) {
        if self.call.answered_at.is_some() || self.signs.queue_timed_out {
            return;
        }
        let being_tried = self.signs.in_queue || self.legs.values().any(|l| l.ringing || l.dialling);
        if being_tried || self.signs.tried().is_empty() {
            self.signs.caller_gave_up = true;
        }
    }

    /// The queue let the caller go unserved. It says the same when the caller hung up and when the time was over;
    /// the caller's own hang-up or a phone that rang out just before tells which.
    pub(super) fn queue_abandoned(&mut self) {
        if !self.signs.caller_gave_up && self.signs.ring_no_answer {
            self.signs.queue_timed_out = true;
        } else {
            self.signs.queue_abandoned = true;
        }
        self.signs.in_queue = false;
    }
}

/// The outcome of a call that has just lost its last leg.
pub(super) fn of(live: &LiveCall) -> Outcome {
    let signs = &live.signs;
    if live.call.answered_at.is_some() {
        return Outcome::Answered;
    }
    if signs.voicemail {
        return Outcome::Voicemail;
    }
    if live.call.direction == Direction::Outbound {
        return match (signs.outside_end, signs.outside_dialled_at) {
            (Some(RingEnd::Busy), _) => Outcome::Busy,
            (Some(RingEnd::Failed), _) | (None, None) => Outcome::Failed,
            _ => Outcome::Missed,
        };
    }
    if signs.queue_timed_out {
        return Outcome::Missed;
    }
    if signs.caller_gave_up || signs.queue_abandoned {
        return Outcome::Abandoned;
    }
    let tried = signs.tried();
    let any = |end: RingEnd| tried.contains(&end);
    if any(RingEnd::NoAnswer) {
        Outcome::Missed
    } else if any(RingEnd::Busy) {
        Outcome::Busy
    } else if any(RingEnd::Failed) {
        Outcome::Failed
    } else if any(RingEnd::Cancelled) && !live.call.ended_while_disconnected {
        // Dialling was broken off and nobody answered: the caller left without a hang-up request being told.
        Outcome::Abandoned
    } else {
        Outcome::Missed
    }
}
