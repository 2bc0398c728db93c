//! Mail as the sandbox's mailbox shows it.

use chrono::{DateTime, Utc};
use mail_parser::MessageParser;

/// A caught mail, parsed.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct CaughtMail {
    /// Envelope sender; empty for the null sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    pub message_id: Option<String>,
    pub at: DateTime<Utc>,
}

impl std::fmt::Debug for CaughtMail {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CaughtMail")
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

impl CaughtMail {
    /// Reads a received message. What cannot be parsed is shown as its raw text.
    #[must_use]
    pub fn read(from: String, to: Vec<String>, raw: &[u8], at: DateTime<Utc>) -> Self {
        let parsed = MessageParser::default().parse(raw);
        let Some(mail) = parsed else {
            let text = Some(String::from_utf8_lossy(raw).into_owned());
            return Self {
                from,
                to,
                subject: String::new(),
                text,
                html: None,
                message_id: None,
                at,
            };
        };
        // `body_html(0)` also converts plain text: only a real HTML part counts here.
        let html = mail
            .html_bodies()
            .find(|part| part.is_text_html())
            .and_then(|part| part.text_contents());
        let text = mail
            .text_bodies()
            .find(|part| part.is_text() && !part.is_text_html());
        Self {
            from,
            to,
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: text.and_then(|part| part.text_contents()).map(str::to_owned),
            html: html.map(str::to_owned),
            message_id: mail.message_id().map(str::to_owned),
            at,
        }
    }
}
