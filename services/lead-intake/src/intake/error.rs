//! Why a use case refused.

use crate::{channel::Rejection, lead::step::Gate};

/// Every reason, with what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The input held no usable lead; it is kept under this id.
    #[error("{rejection}")]
    Rejected {
        /// What was wrong, where, and what would be right.
        rejection: Box<Rejection>,
        /// The kept input.
        input_id: uuid::Uuid,
    },
    /// The idempotency key was used before, with another content.
    #[error("this Idempotency-Key was used before with another content")]
    KeyReused,
    /// The rules of the deal do not allow it; everything missing at once.
    #[error("the deal's rules do not allow it")]
    Gates(Vec<Gate>),
    /// No such thing in this group.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A field cannot hold that.
    #[error("{field}: {message}")]
    Invalid {
        /// The field's name.
        field: &'static str,
        /// What would be right.
        message: String,
    },
    /// Fields of a line that a person typed; the person corrects them there, so nothing was kept.
    #[error("{} fields cannot be used", .0.len())]
    Fields(Vec<Rejection>),
    /// The database refused or is away.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}
