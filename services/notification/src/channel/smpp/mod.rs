//! SMPP 3.4: short messages to and from an operator's message centre, as one transceiver session that heals itself.
//!
//! [`client::SmppClient`] is the provider; `session` is one bound connection, `queue` what waits between sessions;
//! [`pdu`], [`encoding`] and [`receipt`] are the formats, each usable and tested alone.

pub mod client;
pub mod config;
pub mod encoding;
pub mod gsm7;
pub mod pdu;
mod queue;
pub mod receipt;
mod session;
pub mod status;

pub use client::SmppClient;
pub use config::{SmppConfig, check_sender};
