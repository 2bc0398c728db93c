//! What is known of a call at a moment, and what can change about it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From outside to us.
    Inbound,
    /// From us to outside.
    Outbound,
    /// Between our phones.
    Internal,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// People talked.
    Answered,
    /// Nobody took it in the time given; for an outbound call also when our side gave up.
    Missed,
    /// The caller hung up before anybody took it.
    Abandoned,
    /// Whoever was called was busy.
    Busy,
    /// It could not be put through: unreachable, congestion, the employee's own phone not taken.
    Failed,
    /// The caller got to a voice mailbox.
    Voicemail,
}

/// How a ring at a phone ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingEnd {
    /// This phone took the call.
    Answered,
    /// Somebody else took it, or the caller gave up.
    Cancelled,
    /// It rang out.
    NoAnswer,
    /// Refused or busy.
    Busy,
    /// Could not be reached.
    Failed,
}

/// One ring at one phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// The phone.
    pub extension: String,
    /// When it began to ring.
    pub started_at: DateTime<Utc>,
    /// When it stopped.
    pub stopped_at: Option<DateTime<Utc>>,
    /// How it stopped, once known.
    pub end: Option<RingEnd>,
}

/// How a call was passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Without asking at the new place.
    Blind,
    /// After talking to the new place.
    Attended,
}

/// A link of the transfer chain. `Debug` leaves out where to: it may be an outside number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Blind or attended.
    pub kind: TransferKind,
    /// The extension that passed it on; none when the outside party did.
    pub from: Option<String>,
    /// Where to: an extension, or an outside number. None when the PBX does not tell.
    pub to: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("kind", &self.kind)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// A call as known at a moment. `Debug` leaves out the client's number and name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The PBX's identifier of the call, the first one seen; unique within one PBX.
    pub linkedid: String,
    /// Who called whom. May turn from internal to outbound when a trunk is dialled.
    pub direction: Direction,
    /// The client's number as the PBX showed it: caller of an inbound, dialled number of an outbound call.
    pub client_number: Option<String>,
    /// The client's name as the network sent it.
    pub client_name: Option<String>,
    /// Our line: the dialled number (DID) of an inbound call, the shown number of an outbound one.
    pub line: Option<String>,
    /// The last queue the caller waited in.
    pub queue: Option<String>,
    /// The phone that placed an outbound or internal call.
    pub placed_by: Option<String>,
    /// Phones ringing now.
    pub ringing: Vec<String>,
    /// Every ring, in order.
    pub rings: Vec<Ring>,
    /// First sight.
    pub started_at: DateTime<Utc>,
    /// When people first talked.
    pub answered_at: Option<DateTime<Utc>>,
    /// The phone of ours that first talked with the client; for an internal call the called one.
    pub answered_by: Option<String>,
    /// The phone that talks now, or talked last.
    pub talking: Option<String>,
    /// The end.
    pub ended_at: Option<DateTime<Utc>>,
    /// From first sight (outbound: from dialling the client) to the answer or the end, seconds.
    pub wait_seconds: i64,
    /// How long the client talked with one of us, seconds.
    pub talk_seconds: i64,
    /// Somebody is on hold now.
    pub on_hold: bool,
    /// How often somebody was put on hold.
    pub holds: u32,
    /// The transfer chain, in order.
    pub transfers: Vec<Transfer>,
    /// Set when the call has ended.
    pub outcome: Option<Outcome>,
    /// Q.850 cause of the first party's hang-up; 0 when not told.
    pub cause: u16,
    /// We asked for it (click-to-call).
    pub originated: bool,
    /// We saw it only after it had begun.
    pub met_midway: bool,
    /// It ended while the PBX was not connected: end and outcome are what was known before.
    pub ended_while_disconnected: bool,
    /// It was given up because nothing was heard of it for too long.
    pub expired: bool,
    /// It became part of another call (attended transfer): that call's `linkedid`.
    pub merged_into: Option<String>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("linkedid", &self.linkedid)
            .field("direction", &self.direction)
            .field("queue", &self.queue)
            .field("placed_by", &self.placed_by)
            .field("ringing", &self.ringing)
            .field("answered_by", &self.answered_by)
            .field("talking", &self.talking)
            .field("transfers", &self.transfers.len())
            .field("wait_seconds", &self.wait_seconds)
            .field("talk_seconds", &self.talk_seconds)
            .field("outcome", &self.outcome)
            .field("merged_into", &self.merged_into)
            .finish_non_exhaustive()
    }
}

/// What changed about a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The call is there; always the first change of a call.
    Started,
    /// A phone began to ring. With click-to-call this is the employee's own phone.
    Ringing {
        /// The phone.
        extension: String,
    },
    /// A phone stopped ringing.
    StoppedRinging {
        /// The phone.
        extension: String,
        /// How it stopped.
        end: RingEnd,
    },
    /// A phone of ours began to talk with the client. Comes again when another phone takes over;
    /// the first one is the answer of the call.
    Answered {
        /// The phone; none when the PBX does not tell (for instance an employee's mobile).
        extension: Option<String>,
    },
    /// The call was passed on.
    Transferred {
        /// How, from where, where to.
        transfer: Transfer,
    },
    /// Somebody was put on hold or taken back.
    Held {
        /// On hold now.
        on: bool,
    },
    /// The call is over; always the last change of a call.
    Ended {
        /// How.
        outcome: Outcome,
    },
}

/// One change with the whole call after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallUpdate {
    /// What changed.
    pub change: Change,
    /// When.
    pub at: DateTime<Utc>,
    /// The call after the change.
    pub call: Call,
}
