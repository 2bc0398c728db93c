//! A message centre on the npm package `smpp`.

use std::path::Path;

use serde::Deserialize;

use super::{install, lines, listening};
use crate::{
    binaries,
    process::{Process, Program},
};

const VERSION: &str = "0.5.1";

/// A submitted part, as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Submit {
    /// Sender.
    pub source: String,
    /// Recipient, digits as sent.
    pub destination: String,
    /// 0x00, or 0x40 with a user data header.
    pub esm_class: u8,
    /// 0 for GSM-7, 8 for UCS-2.
    pub data_coding: u8,
    /// 1 asks for a receipt.
    pub registered_delivery: u8,
    /// User data header in hexadecimal without its length octet, empty for none.
    pub udh: String,
    /// Octets of text after the header.
    pub octets: usize,
    /// The decoded text of this part.
    pub text: String,
    /// The id answered, hexadecimal.
    pub message_id: String,
}

/// The running message centre.
#[derive(Debug)]
pub struct Smsc {
    process: Process,
    port: u16,
}

impl Submit {
    /// Whether it is a whole message or the first part of one.
    pub fn opens(&self) -> bool {
        self.udh.is_empty() || self.udh.ends_with("01")
    }
}

impl Smsc {
    /// Starts it on a free port. It accepts everything and sends a receipt for each part, except for the numbers that
    /// `peers/smsc.js` names.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let modules = install::npm("smpp", VERSION)?;
        let mut process = Program::new("smsc", "node")
            .arg(
                binaries::repository()
                    .join("tests/peers/smsc.js")
                    .to_string_lossy(),
            )
            .env("NODE_PATH", modules.to_string_lossy())
            .start(folder)?;
        let port = listening(&mut process).await?;
        Ok(Self { process, port })
    }

    /// How often each number was asked to wait, or had its message dropped without being taken: `throttled`, `dropped`.
    pub fn said(&self, event: &str, digits: &str) -> usize {
        lines(&self.process)
            .iter()
            .filter(|line| line["event"] == event)
            .filter(|line| {
                line["destination"]
                    .as_str()
                    .is_some_and(|to| to.ends_with(digits))
            })
            .count()
    }

    /// `smpp://…` to give to the notification service.
    pub fn url(&self) -> String {
        format!("smpp://edina:secret@127.0.0.1:{}", self.port)
    }

    /// Every part submitted so far, in order.
    pub fn submits(&self) -> Vec<Submit> {
        let submits = lines(&self.process)
            .into_iter()
            .filter(|line| line["event"] == "submit");
        submits
            .filter_map(|line| serde_json::from_value(line).ok())
            .collect()
    }

    /// Parts to one number (compared by its last ten digits).
    pub fn to(&self, digits: &str) -> Vec<Submit> {
        self.submits()
            .into_iter()
            .filter(|submit| submit.destination.ends_with(digits))
            .collect()
    }

    /// How it goes on, for a failure message.
    pub fn tail(&self) -> String {
        self.process.tail()
    }
}
