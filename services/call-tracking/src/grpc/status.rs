//! Domain errors as gRPC statuses, in one place.

use tonic::Status;

use crate::tracking::TrackingError;

impl From<TrackingError> for Status {
    fn from(error: TrackingError) -> Self {
        match error {
            TrackingError::NotFound(what) => Self::not_found(format!("no such {what}")),
            TrackingError::Invalid { field, message } => {
                Self::invalid_argument(format!("{field}: {message}"))
            }
            TrackingError::Dial(error) => Self::failed_precondition(error.to_string()),
            TrackingError::NoPbx => Self::failed_precondition(error.to_string()),
            TrackingError::Database(error) if edina_postgres::is_transient(&error) => {
                tracing::warn!(%error, "database away");
                Self::unavailable("the database is away; try again")
            }
            // Class 22: a text that PostgreSQL cannot hold, such as one with a NUL in it.
            TrackingError::Database(sqlx::Error::Database(error))
                if error.code().is_some_and(|code| code.starts_with("22")) =>
            {
                Self::invalid_argument("the request holds a character or a number that cannot be stored")
            }
            TrackingError::Database(error) => {
                tracing::error!(%error, "database");
                Self::internal("the database refused; see the service's log")
            }
        }
    }
}
