//! Domain errors as gRPC statuses, in one place.

use tonic::Status;

use crate::intake::IntakeError;

pub(super) fn of(error: IntakeError) -> Status {
    match error {
        IntakeError::Rejected { rejection, .. } => Status::invalid_argument(rejection.message_en),
        IntakeError::KeyReused => Status::already_exists(error.to_string()),
        IntakeError::Gates(gates) => {
            let said = |text: fn(crate::lead::step::Gate) -> &'static str| {
                gates.iter().map(|gate| text(*gate)).collect::<Vec<_>>().join(" ")
            };
            // Both languages: the console shows the reader's own.
            let mut status = Status::failed_precondition(said(crate::lead::step::Gate::message_en));
            if let Ok(russian) =
                tonic::metadata::MetadataValue::try_from(percent(&said(crate::lead::step::Gate::message_ru)))
            {
                status.metadata_mut().insert("edina-message-ru", russian);
            }
            status
        }
        IntakeError::NotFound(what) => Status::not_found(format!("no such {what}")),
        IntakeError::Invalid { field, message } => Status::invalid_argument(format!("{field}: {message}")),
        IntakeError::Database(error) if edina_postgres::is_transient(&error) => {
            tracing::warn!(%error, "database away");
            Status::unavailable("the database is away; try again")
        }
        IntakeError::Database(error) => {
            tracing::error!(%error, "database");
            Status::internal("the database refused; see the service's log")
        }
    }
}

/// Metadata is ASCII: UTF-8 bytes beyond it are percent-encoded.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'%' => "%25".to_owned(),
            0x20..=0x7e => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
