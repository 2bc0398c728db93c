//! A status that says why in two languages.

use tonic::{Status, metadata::MetadataValue};

/// Adds what the message is in Russian, for readers whose language that is.
pub fn with_russian(mut status: Status, message: &str) -> Status {
    if let Ok(russian) = MetadataValue::try_from(percent(message)) {
        status.metadata_mut().insert("edina-message-ru", russian);
    }
    status
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
