//! The calls that can be played.

use std::fmt;
use std::time::Duration;

/// What happens in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Queue call, all extensions ring, the first one answers, the caller ends it.
    QueueAnswered,
    /// Queue call, the caller gives up while the phones ring.
    QueueAbandoned,
    /// Queue call, nobody answers, the queue's time is over, the caller hears an announcement and is let go.
    QueueTimeout,
    /// The line rings one phone, which answers.
    DirectAnswered,
    /// The line's phone is busy.
    DirectBusy,
    /// The line's phone rings out.
    DirectNoAnswer,
    /// As `QueueAnswered`, then the employee sends the caller to another extension, which answers.
    BlindTransfer {
        /// The other extension.
        to: String,
    },
    /// As `QueueAnswered`, then the employee asks another extension first and connects the two.
    AttendedTransfer {
        /// The other extension.
        to: String,
    },
    /// The first extension dials the client, who answers.
    Outbound,
    /// The first extension dials the client, who does not answer.
    OutboundNoAnswer,
    /// Click-to-call: the first extension's phone rings and is taken, then the client is dialled and answers.
    ClickToCall,
}

/// A call to play. `Debug` leaves out the client's number and name.
#[derive(Clone, PartialEq, Eq)]
pub struct Scenario {
    /// What happens.
    pub kind: Kind,
    /// The client's number, in whatever writing the network would send.
    pub caller: String,
    /// The client's name as the network sends it; often empty.
    pub caller_name: String,
    /// Our line: the dialled number, or the number shown to the client.
    pub did: String,
    /// The queue's name.
    pub queue: String,
    /// Extensions involved; the first answers or dials. At most 50 are rung.
    pub extensions: Vec<String>,
    /// How long the phones ring.
    pub ring: Duration,
    /// How long people talk (with a transfer: in each of the two parts).
    pub talk: Duration,
    /// How much faster than life.
    pub speed: Speed,
}

impl Scenario {
    /// A call of that kind with usual times: 6 seconds of ringing, 40 of talk, real time.
    pub fn new(kind: Kind, caller: &str, did: &str, extensions: &[&str]) -> Self {
        Self {
            kind,
            caller: caller.to_owned(),
            caller_name: String::new(),
            did: did.to_owned(),
            queue: "sales".to_owned(),
            extensions: extensions.iter().map(|e| (*e).to_owned()).collect(),
            ring: Duration::from_secs(6),
            talk: Duration::from_secs(40),
            speed: Speed::REAL,
        }
    }

    /// The same call, faster.
    pub fn at_speed(mut self, speed: Speed) -> Self {
        self.speed = speed;
        self
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("kind", &self.kind)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// How much faster than life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed(u32);

impl Speed {
    /// As in life.
    pub const REAL: Self = Self(1);
    /// Without any pause.
    pub const AT_ONCE: Self = Self(0);

    /// `factor` times as fast as life; 0 is [`Speed::AT_ONCE`].
    pub const fn times(factor: u32) -> Self {
        Self(factor)
    }

    /// How long something of this length takes at this speed.
    pub fn scale(self, length: Duration) -> Duration {
        if self.0 == 0 {
            Duration::ZERO
        } else {
            length / self.0
        }
    }
}
