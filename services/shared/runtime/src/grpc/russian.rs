//! A status that says why in two languages.

use tonic::{Status, metadata::MetadataValue};

const RUSSIAN: &str = "edina-message-ru";

/// Adds what the message is in Russian, for readers whose language that is.
pub fn with_russian(mut status: Status, message: &str) -> Status {
    if let Ok(russian) = MetadataValue::try_from(percent(message)) {
        status.metadata_mut().insert(RUSSIAN, russian);
    }
    status
}

/// What the message of a status is in Russian, if who answered said it.
pub fn russian_of(status: &Status) -> Option<String> {
    let said = status.metadata().get(RUSSIAN)?.to_str().ok()?;
    let mut bytes = Vec::with_capacity(said.len());
    let mut rest = said.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let byte = digits
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read_as_it_was() {
        for text in ["клиент не найден: 100 %", "plain", "50%25 %zz %", "«ёлка»"] {
            let status = with_russian(Status::not_found("x"), text);
            assert_eq!(russian_of(&status).as_deref(), Some(text));
        }
        assert_eq!(russian_of(&Status::not_found("x")), None);
    }
}
