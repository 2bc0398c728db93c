//! A PBX for the demo and for fault tests: an Asterisk manager interface on loopback that plays real sequences.
//!
//! [`ReplayServer`] speaks the protocol (sign-in, ping, listings, Originate), [`pbx`] keeps the channels that are
//! live and writes the events, [`scenario`] says which calls can be played and [`script`] plays them, event for
//! event as a captured Asterisk does. [`crate::ami`] is the other side of the wire.

mod originate;
mod outbound_call;
mod pbx;
mod queue_call;
mod scenario;
mod script;
mod server;
mod session;
mod transfer_call;

pub use scenario::{Kind, Scenario, Speed};
pub use server::ReplayServer;
