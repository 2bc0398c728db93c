//! The few events call tracking needs, typed. Everything a PBX may leave out is optional here; an event without
//! what makes it usable (a channel's name and identifier) is [`Event::Other`], never an error: see [`Event::read`].

use std::fmt;

/// A channel as an event describes it. `Debug` leaves out names and numbers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Channel {
    /// For instance `PJSIP/201-0000000a` or `Local/201@queue-00000001;2`.
    pub name: String,
    /// Unique within one PBX, for instance `1795293053.0`.
    pub uniqueid: String,
    /// Identifier of the call the channel belongs to; the channel's own identifier on PBXes that send none.
    pub linkedid: String,
    /// 0 down, 4 ring (it calls us), 5 ringing (we call it), 6 up, 7 busy.
    pub state: Option<u8>,
    /// Number of this channel's party.
    pub caller_number: Option<String>,
    /// Name of this channel's party, as sent.
    pub caller_name: Option<String>,
    /// Number of the other party, as this channel's phone shows it.
    pub connected_number: Option<String>,
    /// Dialplan extension: the dialled number (DID) on a fresh inbound channel.
    pub exten: Option<String>,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({} {})", self.uniqueid, self.linkedid)
    }
}

/// Channel state "ringing".
pub const STATE_RINGING: u8 = 5;
/// Channel state "up".
pub const STATE_UP: u8 = 6;

/// A manager event.
#[expect(
    clippy::large_enum_variant,
    reason = "events live one at a time and are boxed where they queue"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The PBX is ready.
    FullyBooted,
    /// The PBX stops.
    Shutdown,
    /// A channel came into being.
    NewChannel(Channel),
    /// A channel changed its state.
    NewState(Channel),
    /// A channel got another caller number or name.
    NewCallerId(Channel),
    /// A channel runs a dialplan application, for instance `VoiceMail`.
    NewExten {
        /// The channel.
        channel: Channel,
        /// The application.
        application: String,
    },
    /// A leg is dialled. `from` is missing when the PBX itself dials (Originate).
    DialBegin {
        /// Who dials.
        from: Option<Channel>,
        /// The leg that is called.
        to: Channel,
    },
    /// A dialled leg makes progress, for instance `RINGING`.
    DialState {
        /// The leg that is called.
        to: Channel,
        /// Its progress.
        status: String,
    },
    /// Dialling a leg is over; repeats for the same leg.
    DialEnd {
        /// Who dialled.
        from: Option<Channel>,
        /// The leg that was called.
        to: Channel,
        /// `ANSWER`, `BUSY`, `NOANSWER`, `CANCEL`, `CONGESTION`, `CHANUNAVAIL`, …
        status: String,
    },
    /// A caller entered a queue.
    QueueJoin {
        /// The caller.
        caller: Channel,
        /// The queue's name.
        queue: String,
    },
    /// A caller left a queue, for whatever reason.
    QueueLeave {
        /// The caller.
        caller: Channel,
        /// The queue's name.
        queue: String,
    },
    /// A caller left a queue unserved: hung up, or the queue's time was over.
    QueueAbandon {
        /// The caller.
        caller: Channel,
        /// The queue's name.
        queue: String,
    },
    /// A queue calls a member.
    AgentCalled {
        /// The caller.
        caller: Channel,
        /// The member's leg.
        agent: Channel,
    },
    /// A queue member took the caller.
    AgentConnect {
        /// The caller.
        caller: Channel,
        /// The member's leg.
        agent: Channel,
    },
    /// The talk between caller and member is over. `Reason` is not to be trusted for who hung up.
    AgentComplete {
        /// The caller.
        caller: Channel,
    },
    /// A queue member let it ring.
    AgentRingNoAnswer {
        /// The caller.
        caller: Channel,
    },
    /// A channel entered a bridge.
    BridgeEnter {
        /// The bridge.
        bridge: String,
        /// The channel.
        channel: Channel,
    },
    /// A channel left a bridge.
    BridgeLeave {
        /// The bridge.
        bridge: String,
        /// The channel.
        channel: Channel,
    },
    /// All channels of one bridge move into another.
    BridgeMerge {
        /// The bridge that stays.
        to: String,
        /// The bridge that ends.
        from: String,
    },
    /// A party sent the other one to an extension without asking there first.
    BlindTransfer {
        /// Who transfers.
        transferer: Channel,
        /// Who is transferred.
        transferee: Option<Channel>,
        /// Where to.
        extension: String,
        /// Whether it worked.
        success: bool,
    },
    /// A party joined its two calls.
    AttendedTransfer {
        /// The transferer's leg in the first call.
        first: Channel,
        /// The transferer's leg in the call with the target.
        second: Channel,
        /// The party that is transferred, where told.
        transferee: Option<Channel>,
        /// The party it is transferred to, where told.
        target: Option<Channel>,
        /// Whether it worked.
        success: bool,
    },
    /// The two halves of a Local channel.
    LocalBridge {
        /// The half `;1`.
        one: Channel,
        /// The half `;2`.
        two: Channel,
    },
    /// A party asked to hang up: this side ended it.
    HangupRequest(Channel),
    /// A channel is gone.
    Hangup {
        /// The channel.
        channel: Channel,
        /// Q.850 cause: 16 normal, 17 busy, 19 no answer, …; 0 when not told.
        cause: u16,
    },
    /// A party put the other on hold.
    Hold(Channel),
    /// A party took the other back.
    Unhold(Channel),
    /// A call detail record. Never used for outcomes: it counts queue waiting as talk.
    Cdr,
    /// The end of an Originate.
    OriginateResponse {
        /// Our identifier.
        action_id: Option<String>,
        /// The channel, where one was made.
        uniqueid: Option<String>,
        /// Whether the first leg answered.
        success: bool,
        /// 0 no such extension, 1 no answer, 4 answered, 5 busy, 8 congestion.
        reason: u16,
    },
    /// One live channel, on request.
    LiveChannel {
        /// The channel.
        channel: Channel,
        /// The bridge it is in.
        bridge: Option<String>,
        /// Its age, seconds.
        age_seconds: i64,
        /// The answered request.
        action_id: Option<String>,
    },
    /// The list of live channels is complete.
    LiveChannelsComplete {
        /// The answered request.
        action_id: Option<String>,
    },
    /// One caller waiting in a queue, on request.
    QueueEntry {
        /// The caller's channel.
        uniqueid: String,
        /// The queue's name.
        queue: String,
    },
    /// The list of queues is complete.
    QueueStatusComplete {
        /// The answered request.
        action_id: Option<String>,
    },
    /// An event of no interest, or one that lacks what makes it usable.
    Other,
}
