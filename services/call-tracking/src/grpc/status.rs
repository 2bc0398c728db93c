//! Domain errors as gRPC statuses, in one place.

use tonic::Status;

use crate::tracking::TrackingError;

pub(super) fn of(error: TrackingError) -> Status {
    match error {
        TrackingError::NotFound(what) => Status::not_found(format!("no such {what}")),
        TrackingError::Invalid { field, message } => Status::invalid_argument(format!("{field}: {message}")),
        TrackingError::Dial(error) => Status::failed_precondition(error.to_string()),
        TrackingError::NoPbx => Status::failed_precondition(error.to_string()),
        TrackingError::Database(error) if edina_postgres::is_transient(&error) => {
            tracing::warn!(%error, "database away");
            Status::unavailable("the database is away; try again")
        }
        // Class 22: a text that PostgreSQL cannot hold, such as one with a NUL in it.
        TrackingError::Database(sqlx::Error::Database(error))
            if error.code().is_some_and(|code| code.starts_with("22")) =>
        {
            Status::invalid_argument("the request holds a character or a number that cannot be stored")
        }
        TrackingError::Database(error) => {
            tracing::error!(%error, "database");
            Status::internal("the database refused; see the service's log")
        }
    }
}

pub(super) fn database(error: sqlx::Error) -> Status {
    of(TrackingError::Database(error))
}
