//! Asterisk manager interface: wire format, typed events, and the client that keeps a PBX connected.

pub mod action;
pub mod client;
pub mod codec;
pub mod event;
mod listing;
pub mod message;
mod placing;
pub mod probe;
mod reading;
mod session;
pub mod settings;
pub(crate) mod wire;
