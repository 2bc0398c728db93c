//! A mail server on the PyPI package `aiosmtpd`.

use std::path::Path;

use serde::Deserialize;

use super::{install, lines, listening};
use crate::{
    binaries,
    process::{Process, Program},
};

const VERSION: &str = "1.4.6";

/// A mail as received.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    /// Envelope sender.
    pub sender: String,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// Decoded subject.
    pub subject: String,
    /// Plain text part.
    pub text: String,
    /// HTML part, empty for none.
    pub html: String,
    /// Message-ID header.
    pub message_id: String,
}

/// The running mail server.
#[derive(Debug)]
pub struct Mailbox {
    process: Process,
    port: u16,
}

impl Mailbox {
    /// Starts it on a free port; it takes every mail.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let packages = install::python("aiosmtpd", VERSION)?;
        let mut process = Program::new("mailbox", "python3")
            .arg(
                binaries::repository()
                    .join("tests/peers/mailbox.py")
                    .to_string_lossy(),
            )
            .env("PYTHONPATH", packages.to_string_lossy())
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONIOENCODING", "utf-8")
            .start(folder)?;
        let port = listening(&mut process).await?;
        Ok(Self { process, port })
    }

    /// `smtp://…` to give to the notification service.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// Every mail so far, in order.
    pub fn mails(&self) -> Vec<Mail> {
        let mails = lines(&self.process)
            .into_iter()
            .filter(|line| line["event"] == "mail");
        mails
            .filter_map(|line| serde_json::from_value(line).ok())
            .collect()
    }

    /// Mails to one address.
    pub fn to(&self, address: &str) -> Vec<Mail> {
        self.mails()
            .into_iter()
            .filter(|mail| mail.recipients.iter().any(|one| one == address))
            .collect()
    }

    /// How it goes on, for a failure message.
    pub fn tail(&self) -> String {
        self.process.tail()
    }
}
