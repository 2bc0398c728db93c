//! What became of a message: its states, what moves it between them, and the sum of its parts' receipts.
//!
//! Receipts come late, twice, out of order or before the answer to the submit; applying them in any order, any number
//! of times, gives the same result.

use crate::channel::ReceiptState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Life of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    Queued,
    /// The gate put it off.
    Deferred,
    /// The gate refused it.
    Blocked,
    /// Being handed over. Found so after a crash: becomes unknown, never queued.
    Sending,
    Sent,
    Delivered,
    Failed,
    /// May have been sent; a receipt settles it.
    Unknown,
}

impl MessageState {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Deferred => "deferred",
            Self::Blocked => "blocked",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        serde::Deserialize::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(
            code,
        ))
        .ok()
    }

    /// The state after `step`; `None` when the step does not belong here, which leaves the state as it is.
    #[must_use]
    pub const fn after(self, step: Step) -> Option<Self> {
        Some(match (self, step) {
            (Self::Queued | Self::Deferred, Step::PutOff) => Self::Deferred,
            (Self::Queued | Self::Deferred, Step::Refused) => Self::Blocked,
            (Self::Queued | Self::Deferred, Step::HandedOver) => Self::Sending,
            (Self::Queued | Self::Deferred, Step::GivenUp) => Self::Failed,
            (Self::Sending, Step::SurelyNotSent) => Self::Queued,
            (Self::Sending | Self::Unknown, Step::Accepted) => Self::Sent,
            (Self::Sending | Self::Unknown, Step::Rejected) => Self::Failed,
            (Self::Sending, Step::InDoubt) => Self::Unknown,
            // A failure may be taken back by a late "delivered"; the reverse is a stale receipt.
            (Self::Sending | Self::Sent | Self::Unknown | Self::Failed, Step::AllDelivered) => {
                Self::Delivered
            }
            (Self::Sending | Self::Sent | Self::Unknown, Step::PartFailed) => Self::Failed,
            _ => return None,
        })
    }
}

/// What happens to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Gate: later.
    PutOff,
    /// Gate: never.
    Refused,
    /// Intent committed; the provider is being called.
    HandedOver,
    /// The provider took every part.
    Accepted,
    /// The provider refused for good.
    Rejected,
    /// Throttled, or the link was down: may be tried again.
    SurelyNotSent,
    /// No answer, or a crash in mid-send.
    InDoubt,
    /// Never handed over: no provider for too long, or the wording cannot be filled in.
    GivenUp,
    /// By receipts.
    AllDelivered,
    /// By receipts.
    PartFailed,
}

/// Receipts of one message, by part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    states: BTreeMap<String, ReceiptState>,
}

impl Parts {
    /// Notes what a receipt says about the part with this provider id. The stronger word stays, whatever the order.
    pub fn note(&mut self, provider_id: &str, state: ReceiptState) {
        let known = self.states.entry(provider_id.to_owned()).or_insert(state);
        if strength(state) > strength(*known) {
            *known = state;
        }
    }

    /// What is known about one part.
    #[must_use]
    pub fn state(&self, provider_id: &str) -> Option<ReceiptState> {
        self.states.get(provider_id).copied()
    }

    /// What the receipts so far mean for a message of `count` parts. `None`: nothing settled yet.
    #[must_use]
    pub fn outcome(&self, count: usize) -> Option<Step> {
        if self
            .states
            .values()
            .any(|state| state.is_final() && *state != ReceiptState::Delivered)
        {
            return Some(Step::PartFailed);
        }
        let delivered = self
            .states
            .values()
            .filter(|state| **state == ReceiptState::Delivered)
            .count();
        (count > 0 && delivered >= count).then_some(Step::AllDelivered)
    }
}

const fn strength(state: ReceiptState) -> u8 {
    match state {
        ReceiptState::Unknown => 0,
        ReceiptState::Enroute => 1,
        ReceiptState::Accepted => 2,
        ReceiptState::Deleted => 3,
        ReceiptState::Expired => 4,
        ReceiptState::Rejected => 5,
        ReceiptState::Undeliverable => 6,
        ReceiptState::Delivered => 7,
    }
}
