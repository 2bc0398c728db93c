//! Why a use case refused.

use crate::ami::client::OriginateError;

/// Every reason.
#[derive(Debug, thiserror::Error)]
pub enum TrackingError {
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
    /// The group has no exchange, or it refused.
    #[error("{0}")]
    Dial(#[from] OriginateError),
    /// No exchange is configured for the group.
    #[error("no PBX is connected for this group")]
    NoPbx,
    /// The database refused or is away.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}
