//! Why a use case refused.

use crate::{message::reason::Language, template::Problem};

/// Every reason, with what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// A field cannot hold that.
    #[error("{field}: {message}")]
    Invalid {
        /// The field's name.
        field: &'static str,
        /// What would be right.
        message: String,
    },
    /// The wording cannot be used; everything wrong with it at once.
    #[error("the wording cannot be used")]
    Wording(Vec<Problem>),
    /// No such thing in this group.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The database refused or is away.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

impl DeliveryError {
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            message: message.into(),
        }
    }
}

/// All problems of a wording as one text.
pub(crate) fn wording(problems: &[Problem], language: Language) -> String {
    let said: Vec<String> = problems.iter().map(|problem| problem.text(language)).collect();
    said.join("; ")
}
