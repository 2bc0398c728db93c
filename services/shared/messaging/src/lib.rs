//! Facts: how an event gets from the transaction that caused it to everybody who listens.
//!
//! ```text
//! state + outbox row (one transaction) -> relay -> JetStream -> consumer -> inbox row + effect (one transaction)
//! ```
//!
//! Effects are therefore once, whatever dies in between. What keeps failing goes to the dead letters with its reason.
//! Live signals ([`live`]) travel over core NATS and may be lost.

pub mod connection;
pub mod dead_letters;
pub mod directory;
pub mod envelope;
pub mod inbox;
pub mod live;
pub mod outbox;
pub mod streams;
pub mod traffic;

pub use connection::{connect, connect_as};
