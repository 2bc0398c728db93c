//! The one send gate: says whether a message may leave now, later or never, and why.
//!
//! Service messages and advertisements enter by different doors ([`service`], [`advertisement`]). What comes out with a
//! [`GateToken`] may be handed to a provider; the token is bound to the message, is used once and cannot be made elsewhere.

use super::quiet::SendingHours;
use super::reason::Reason;
use super::{Advertisement, Channel, MessageKind, Occasion, ServiceMessage};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use edina_proto::registry::v1::ConsentState;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Proof that the gate let this very message pass. Neither copied nor kept: handing the message over consumes it.
#[derive(Debug, PartialEq, Eq)]
pub struct GateToken {
    message_id: Uuid,
    kind: MessageKind,
}

impl GateToken {
    /// Whether the token was minted for this message.
    #[must_use]
    pub fn covers(&self, message_id: Uuid) -> bool {
        self.message_id == message_id
    }

    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.kind
    }
}

/// What to do with the message.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Send(GateToken),
    /// Ask again at this moment.
    Defer {
        until: DateTime<Utc>,
    },
    Block,
}

/// A verdict with everything that led to it, deciding reason first.
#[derive(Debug, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    pub why: Vec<Reason>,
}

/// Why an address is not written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suppression {
    /// Somebody else's number or address: nothing goes there.
    WrongAddress,
    OptedOutOfEverything,
    OptedOutOfAdvertising,
    /// A hard bounce or a number out of use: nothing goes there.
    Bounces,
    /// Complained about advertising.
    Complained,
    Erased,
}

impl Suppression {
    const fn reason(self) -> Reason {
        match self {
            Self::WrongAddress => Reason::WrongAddress,
            Self::OptedOutOfEverything => Reason::OptedOutOfEverything,
            Self::OptedOutOfAdvertising => Reason::OptedOutOfAdvertising,
            Self::Bounces => Reason::AddressBounces,
            Self::Complained => Reason::Complained,
            Self::Erased => Reason::Erased,
        }
    }

    const fn stops_service(self) -> bool {
        !matches!(self, Self::OptedOutOfAdvertising | Self::Complained)
    }
}

/// What counts for one purpose on one channel. The registry reckons it from every word that was said, by the rule by which
/// the card shows it: words for any channel, later words and those of merged cards are in it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub purpose: String,
    pub channel: Channel,
    pub granted: bool,
}

impl Consent {
    /// The registry's line, if it is of a channel that we write by: that of any other says nothing of these.
    #[must_use]
    pub fn in_force(said: &ConsentState) -> Option<Self> {
        Some(Self {
            purpose: said.purpose.clone(),
            channel: Channel::from_code(&said.channel)?,
            granted: said.granted,
        })
    }
}

/// What is known about the recipient's address.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    pub time_zone: Tz,
    /// Those of the very address the message would go to.
    pub suppressions: &'a [Suppression],
    /// In any order, one per purpose and channel; should there be two, the refusal counts.
    pub consents: &'a [Consent],
}

/// The dealership's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SendPolicy {
    pub hours: SendingHours,
    /// Put even answers to the client's own action off in quiet hours.
    pub defer_answers: bool,
    /// Apply sending hours to mail as well, which rings no one's phone.
    pub quiet_mail: bool,
}

/// Decides about a service message. Consent is not asked; suppression of the address and quiet hours are.
#[must_use]
pub fn service(
    message: &ServiceMessage,
    to: &Recipient<'_>,
    policy: &SendPolicy,
    now: DateTime<Utc>,
) -> Decision {
    let stops: Vec<Reason> = to
        .suppressions
        .iter()
        .filter(|found| found.stops_service())
        .map(|found| found.reason())
        .collect();
    if !stops.is_empty() {
        return Decision {
            verdict: Verdict::Block,
            why: stops,
        };
    }
    let (exempt, mut why) = match message.occasion {
        Occasion::AnswersClient => (!policy.defer_answers, vec![Reason::AnswersClient]),
        Occasion::ToEmployee => (true, vec![Reason::ToEmployee]),
        Occasion::OwnInitiative => (false, vec![]),
    };
    why.push(Reason::ServiceMessage);
    let token = GateToken {
        message_id: message.message_id,
        kind: MessageKind::Service,
    };
    at_fit_hour(token, message.channel, exempt, why, to, policy, now)
}

/// Decides about an advertisement: consent for its purpose and channel, no suppression, and never in quiet hours.
#[must_use]
pub fn advertisement(
    ad: &Advertisement,
    to: &Recipient<'_>,
    policy: &SendPolicy,
    now: DateTime<Utc>,
) -> Decision {
    let stops: Vec<Reason> = to.suppressions.iter().map(|found| found.reason()).collect();
    if !stops.is_empty() {
        return Decision {
            verdict: Verdict::Block,
            why: stops,
        };
    }
    let about = to
        .consents
        .iter()
        .filter(|word| word.purpose == ad.purpose && word.channel == ad.channel);
    let consent = match about.min_by_key(|word| word.granted) {
        Some(word) if word.granted => Reason::ConsentGranted,
        Some(_) => {
            return Decision {
                verdict: Verdict::Block,
                why: vec![Reason::ConsentWithdrawn],
            };
        }
        None => {
            return Decision {
                verdict: Verdict::Block,
                why: vec![Reason::ConsentMissing],
            };
        }
    };
    let token = GateToken {
        message_id: ad.message_id,
        kind: MessageKind::Advertising,
    };
    at_fit_hour(token, ad.channel, false, vec![consent], to, policy, now)
}

fn at_fit_hour(
    token: GateToken,
    channel: Channel,
    exempt: bool,
    mut why: Vec<Reason>,
    to: &Recipient<'_>,
    policy: &SendPolicy,
    now: DateTime<Utc>,
) -> Decision {
    let exempt = exempt || (channel == Channel::Email && !policy.quiet_mail);
    match policy.hours.defer_until(now, to.time_zone) {
        Some(until) if !exempt => {
            why.insert(0, Reason::QuietHours);
            Decision {
                verdict: Verdict::Defer { until },
                why,
            }
        }
        Some(_) => {
            why.push(Reason::QuietHoursDoNotApply);
            Decision {
                verdict: Verdict::Send(token),
                why,
            }
        }
        None => {
            why.push(Reason::WithinSendingHours);
            Decision {
                verdict: Verdict::Send(token),
                why,
            }
        }
    }
}
