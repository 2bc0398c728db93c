//! What a message is, when it may leave, and what became of it. PURE: no I/O, no clock, no database.
//!
//! A service message and an advertisement are different types (a person's own business against somebody's wish to
//! sell), and each has its own way through the [`gate`]. Only the gate mints the token a provider asks for:
//!
//! ```
//! use notification::channel::{OutgoingSms, SmsProvider};
//! use notification::message::{Advertisement, gate::{self, Recipient, SendPolicy, Verdict}};
//! async fn send(
//!     provider: &dyn SmsProvider, sms: OutgoingSms, ad: &Advertisement, to: &Recipient<'_>, policy: &SendPolicy,
//!     now: chrono::DateTime<chrono::Utc>,
//! ) {
//!     if let Verdict::Send(token) = gate::advertisement(ad, to, policy, now).verdict {
//!         let _ = provider.submit(sms, token).await;
//!     }
//! }
//! ```
//!
//! ```compile_fail
//! use notification::channel::{OutgoingSms, SmsProvider};
//! async fn blast(provider: &dyn SmsProvider, sms: OutgoingSms) {
//!     provider.submit(sms).await; // no token: does not compile
//! }
//! ```
//!
//! ```compile_fail
//! use notification::message::gate::GateToken;
//! fn forge(message_id: uuid::Uuid) -> GateToken {
//!     GateToken { message_id, kind: notification::message::MessageKind::Advertising } // private fields
//! }
//! ```
//!
//! ```compile_fail
//! use notification::message::{Advertisement, gate::{self, Recipient, SendPolicy}};
//! fn sneak(ad: &Advertisement, to: &Recipient<'_>, policy: &SendPolicy, now: chrono::DateTime<chrono::Utc>) {
//!     gate::service(ad, to, policy, now); // an advertisement is no service message
//! }
//! ```

pub mod gate;
pub mod progress;
pub mod quiet;
pub mod reason;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Email,
}

impl Channel {
    /// Stable name, the same as in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// The channel back from its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Sms, Self::Email]
            .into_iter()
            .find(|channel| channel.code() == code)
    }
}

/// The two kinds, as stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    Service,
    Advertising,
}

/// A message about the recipient's own business with us: needs no consent to advertising.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMessage {
    pub message_id: Uuid,
    pub channel: Channel,
    pub occasion: Occasion,
}

/// Why a service message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Answers what the client just did (wrote, called): it is expected now, at any hour.
    AnswersClient,
    /// Our own initiative within the client's business: a reminder, a changed appointment.
    OwnInitiative,
    /// To an employee, about work.
    ToEmployee,
}

/// A message meant to sell: needs consent for its purpose on its channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advertisement {
    pub message_id: Uuid,
    pub channel: Channel,
    /// The purpose consent was asked for, such as `advertising`.
    pub purpose: String,
}
