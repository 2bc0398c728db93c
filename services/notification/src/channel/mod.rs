//! The edge to the outside: how a cleared message leaves, and what providers say about it later.
//!
//! [`smpp`] and [`smtp`] implement the traits for real networks; `crate::sandbox` is a far end for local runs.
//! A submit takes a [`GateToken`], which only `crate::message::gate` mints: nothing reaches a provider unasked.
//! Errors say what a retry may do, because one intent must reach a client at most once.

pub mod smpp;
pub mod smtp;

use crate::message::gate::GateToken;
use async_trait::async_trait;
use chrono::NaiveDateTime;
use edina_runtime::redact::Personal;
use std::fmt;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

/// A text message ready to leave.
#[derive(Clone)]
pub struct OutgoingSms {
    pub message_id: Uuid,
    /// `+` and 7 to 15 digits.
    pub to_e164: String,
    pub text: String,
    /// Sender name or number; the provider's default when `None`.
    pub sender: Option<String>,
}

/// A mail ready to leave.
#[derive(Clone)]
pub struct OutgoingMail {
    pub message_id: Uuid,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

impl fmt::Debug for OutgoingSms {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("OutgoingSms")
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OutgoingMail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("OutgoingMail")
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

/// The provider took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// One per part, in order; ids the provider left empty are missing.
    pub provider_ids: Vec<String>,
    pub parts: usize,
}

/// The provider did not, or may not have, taken the message. Reasons carry no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The provider refused. `final_` is false when the same message may be accepted later.
    #[error("refused with code {code}: {reason}")]
    Rejected { code: u32, reason: String, final_: bool },
    /// The provider asks to slow down; nothing of this message was taken.
    #[error("the provider asks to slow down, retry after {retry_after:?}")]
    Throttled { retry_after: Duration },
    /// Surely nothing left: a retry cannot make a second copy.
    #[error("not sent: {0}")]
    NotSent(String),
    /// May have been sent. Never resend blindly: a receipt or a [`ProviderEvent::LateAnswer`] settles it.
    #[error("outcome unknown: {reason}")]
    Unknown {
        reason: String,
        /// Ids of the parts that were answered before the doubt began.
        provider_ids: Vec<String>,
    },
}

/// State named by a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    Enroute,
    Accepted,
    Delivered,
    Expired,
    Deleted,
    Undeliverable,
    Rejected,
    Unknown,
}

impl ReceiptState {
    const ALL: [Self; 8] = [
        Self::Enroute,
        Self::Accepted,
        Self::Delivered,
        Self::Expired,
        Self::Deleted,
        Self::Undeliverable,
        Self::Rejected,
        Self::Unknown,
    ];

    /// Stable name, the same as in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Enroute => "enroute",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
            Self::Undeliverable => "undeliverable",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }

    /// The state back from its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Nothing different is expected after this one.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Enroute | Self::Accepted | Self::Unknown)
    }
}

/// What a provider reports about one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Every form the id may have had in the answer to the submit, likeliest first: take the first that is known.
    pub ids: Vec<String>,
    pub state: ReceiptState,
    /// The provider's error code, when it is not "none".
    pub error: Option<String>,
    /// When it happened by the provider's own clock, whose time zone it does not tell.
    pub done: Option<NaiveDateTime>,
    /// The phone it is about, `+` and digits: settles a doubt when the id was never told to us.
    pub phone: Option<Personal<String>>,
}

/// Something a provider says on its own.
#[derive(Debug)]
pub enum ProviderEvent {
    /// Call [`Acknowledge::stored`] once the receipt is safe; dropping it makes the provider repeat the receipt.
    Receipt {
        receipt: Receipt,
        acknowledge: Acknowledge,
    },
    /// The answer to a submit that was already given up as [`SubmitError::Unknown`].
    LateAnswer {
        message_id: Uuid,
        outcome: Result<String, u32>,
    },
}

/// Answers a receipt towards the provider, with "try again" unless told that it is stored.
#[derive(Debug)]
pub struct Acknowledge(Option<oneshot::Sender<()>>);

impl Acknowledge {
    pub(crate) fn pair() -> (Self, oneshot::Receiver<()>) {
        let (tell, told) = oneshot::channel();
        (Self(Some(tell)), told)
    }

    /// The receipt is in safe hands (or of no interest): the provider may forget it.
    pub fn stored(mut self) {
        if let Some(tell) = self.0.take() {
            // A session that ended meanwhile gets the receipt again; receipts are idempotent.
            let _ = tell.send(());
        }
    }
}

/// How the link to a provider stands, for the connections page.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ProviderStatus {
    pub state: LinkState,
    /// Last trouble in words, without personal data or secrets.
    pub trouble: Option<String>,
    /// Sessions opened since the start.
    pub sessions: u64,
    /// The provider asked to slow down and has not recovered yet.
    pub throttled: bool,
}

/// Stage of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    Connecting,
    Up,
    Down,
    /// The provider answers but does not let us in: settings need a person.
    Refused,
    Stopped,
}

impl ProviderStatus {
    #[must_use]
    pub const fn new(state: LinkState) -> Self {
        Self {
            state,
            trouble: None,
            sessions: 0,
            throttled: false,
        }
    }
}

/// Sends text messages.
#[async_trait]
pub trait SmsProvider: Send + Sync {
    /// Hands one message over and waits for the provider's answer; bounded by the provider's own time-outs.
    /// Messages to one recipient leave in the order of the calls.
    async fn submit(&self, sms: OutgoingSms, token: GateToken) -> Result<Submitted, SubmitError>;
    /// Present state of the link and its changes.
    fn status(&self) -> watch::Receiver<ProviderStatus>;
    /// The stream of receipts and late answers; given out once.
    fn take_events(&self) -> Option<mpsc::Receiver<ProviderEvent>>;
}

/// Sends mail.
#[async_trait]
pub trait MailProvider: Send + Sync {
    /// Hands one mail over and waits for the server's answer; bounded by the provider's own time-outs.
    async fn submit(&self, mail: OutgoingMail, token: GateToken) -> Result<Submitted, SubmitError>;
    /// Present state of the link and its changes.
    fn status(&self) -> watch::Receiver<ProviderStatus>;
}
