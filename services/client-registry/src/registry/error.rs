//! Why a use case did not do what was asked.

use std::borrow::Cow;

use crate::client::evidence::Unusable;

/// The reasons, by what the caller can do about them.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The input is wrong; names the field.
    #[error("{field}: {reason}")]
    Invalid {
        field: Cow<'static, str>,
        reason: String,
    },
    /// Nothing of that id in this group.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Right in itself, but not in the present state.
    #[error("{0}")]
    Conflict(&'static str),
    /// Rows of an import before those before them; the row that is awaited.
    #[error("rows before these have not come: the next row is {0}")]
    TooEarly(u64),
    /// The database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl RegistryError {
    /// A wrong field.
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

impl From<Unusable> for RegistryError {
    fn from(unusable: Unusable) -> Self {
        Self::Invalid {
            field: unusable.field,
            reason: unusable.reason,
        }
    }
}
