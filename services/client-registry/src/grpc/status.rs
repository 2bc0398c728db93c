//! Errors to gRPC statuses, in one place. Database errors are logged here, once, and told without detail.

use edina_runtime::grpc::with_russian;
use tonic::Status;

use super::russian;
use crate::registry::RegistryError;

impl From<RegistryError> for Status {
    /// The status that tells the caller what to do.
    fn from(error: RegistryError) -> Self {
        let told = |status: Self, why: &str| match russian::of(why) {
            Some(russian) => with_russian(status, &russian),
            None => status,
        };
        match error {
            RegistryError::Invalid { field, reason } => {
                told(Self::invalid_argument(format!("{field}: {reason}")), &reason)
            }
            RegistryError::NotFound(what) => {
                let why = format!("{what} not found");
                told(Self::not_found(&why), &why)
            }
            RegistryError::Conflict(why) => told(Self::failed_precondition(why), why),
            early @ RegistryError::TooEarly(_) => Self::aborted(early.to_string()),
            RegistryError::Database(error) if edina_postgres::is_transient(&error) => {
                tracing::warn!(%error, "database away");
                let why = "the registry's database is away for the moment; try again";
                told(Self::unavailable(why), why)
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
