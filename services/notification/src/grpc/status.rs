//! Domain errors as gRPC statuses, in one place.

use tonic::{Status, metadata::MetadataValue};

use crate::{
    delivery::{DeliveryError, problems_text},
    message::reason::Language,
};

impl From<DeliveryError> for Status {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Invalid { field, message } => {
                Self::invalid_argument(format!("{field}: {message}"))
            }
            DeliveryError::Wording(problems) => {
                // Both languages: the console shows the reader's own.
                let mut status =
                    Self::invalid_argument(format!("template: {}", problems_text(&problems, Language::En)));
                if let Ok(russian) = MetadataValue::try_from(percent(&problems_text(&problems, Language::Ru)))
                {
                    status.metadata_mut().insert("edina-message-ru", russian);
                }
                status
            }
            DeliveryError::NotFound(what) => Self::not_found(format!("no such {what}")),
            DeliveryError::Database(error) if edina_postgres::is_transient(&error) => {
                tracing::warn!(%error, "database away");
                Self::unavailable("the database is away; try again")
            }
            DeliveryError::Database(error) => {
                tracing::error!(%error, "database");
                Self::internal("the database refused; see the service's log")
            }
        }
    }
}

/// Metadata is ASCII: UTF-8 bytes beyond it are percent-encoded.
fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::CONTROLS)
        .to_string()
        .replace('\n', " ")
}
