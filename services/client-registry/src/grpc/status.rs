//! Errors to gRPC statuses, in one place. Database errors are logged here, once, and told without detail.

use tonic::Status;

use crate::registry::RegistryError;

impl From<RegistryError> for Status {
    /// The status that tells the caller what to do.
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Invalid { field, reason } => Self::invalid_argument(format!("{field}: {reason}")),
            RegistryError::NotFound(what) => Self::not_found(format!("{what} not found")),
            RegistryError::Conflict(why) => Self::failed_precondition(why),
            early @ RegistryError::TooEarly(_) => Self::aborted(early.to_string()),
            RegistryError::Database(error) if edina_postgres::is_transient(&error) => {
                tracing::warn!(%error, "database away");
                Self::unavailable("the registry's database is away for the moment; try again")
            }
            RegistryError::Database(error) => {
                // A constraint's detail would carry values: only its name is told.
                let constraint = edina_postgres::constraint_of(&error).unwrap_or("none").to_owned();
                let code = error
                    .as_database_error()
                    .and_then(|error| error.code())
                    .unwrap_or_default()
                    .into_owned();
                tracing::error!(constraint, code, "database error");
                Self::internal("the registry failed; its log says why")
            }
        }
    }
}
