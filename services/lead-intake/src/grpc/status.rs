//! Domain errors as gRPC statuses, in one place.

use edina_runtime::grpc::with_russian;
use tonic::Status;

use crate::{channel::Rejection, intake::IntakeError};

impl From<IntakeError> for Status {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Rejected { rejection, .. } => fields(&[*rejection]),
            IntakeError::Fields(rejections) => fields(&rejections),
            IntakeError::KeyReused => Self::already_exists(error.to_string()),
            IntakeError::Gates(gates) => {
                let said = |text: fn(crate::lead::step::Gate) -> &'static str| {
                    gates.iter().map(|gate| text(*gate)).collect::<Vec<_>>().join(" ")
                };
                let status = Self::failed_precondition(said(crate::lead::step::Gate::message_en));
                with_russian(status, &said(crate::lead::step::Gate::message_ru))
            }
            IntakeError::NotFound(what) => Self::not_found(format!("no such {what}")),
            IntakeError::Invalid { field, message } => Self::invalid_argument(format!("{field}: {message}")),
            IntakeError::Database(error) if edina_postgres::is_transient(&error) => {
                tracing::warn!(%error, "database away");
                Self::unavailable("the database is away; try again")
            }
            // Class 22: a text that PostgreSQL cannot hold, such as one with a NUL in it.
            IntakeError::Database(sqlx::Error::Database(error))
                if error.code().is_some_and(|code| code.starts_with("22")) =>
            {
                Self::invalid_argument("the request holds a character or a number that cannot be stored")
            }
            IntakeError::Database(error) => {
                tracing::error!(%error, "database");
                Self::internal("the database refused; see the service's log")
            }
        }
    }
}

/// Every mistake, one a line: `field: what is wrong (what would be right)`.
fn fields(rejections: &[Rejection]) -> Status {
    let said = |message: fn(&Rejection) -> &str| {
        let lines = rejections.iter().map(|rejection| {
            let field = rejection.field.as_deref().unwrap_or("line");
            let expected = rejection
                .expected
                .as_deref()
                .map(|expected| format!(" ({expected})"));
            format!("{field}: {}{}", message(rejection), expected.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let status = Status::invalid_argument(said(|rejection| &rejection.message_en));
    with_russian(status, &said(|rejection| &rejection.message_ru))
}
