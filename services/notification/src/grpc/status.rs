//! Domain errors as gRPC statuses, in one place.

use edina_runtime::grpc::with_russian;
use tonic::Status;

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
                let english = format!("template: {}", problems_text(&problems, Language::En));
                let status = Self::invalid_argument(english);
                with_russian(status, &problems_text(&problems, Language::Ru))
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
