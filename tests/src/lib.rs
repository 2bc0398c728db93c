//! The harness of the journeys: real servers, the five real processes, peers of other code bases.
//!
//! A journey starts at [`System`]: it brings up PostgreSQL and NATS of its own, provisions a dealership group, spawns
//! every service from its own binary and gives the journey an [`api::Api`] to look at the outcome with. Outside systems
//! are in [`peers`]: an SMSC and a mail server that other people wrote, and a PBX that replays what a real Asterisk said.
//! With [`Options::copies`] every service runs several times, behind a [`balancer`].
//! [`proxy`] stands between a service and a server to cut or stall the line, [`browser`] drives a headless Chromium.
//!
//! Nothing sleeps as a way to wait: [`patience::eventually`] asks again until a deadline. `EDINA_TEST_PATIENCE`
//! (seconds, 20 by default) makes every such deadline longer on a slow machine.

pub mod api;
pub mod balancer;
pub mod binaries;
pub mod browser;
pub mod console;
pub mod patience;
pub mod peers;
pub mod people;
pub mod process;
pub mod proxy;
pub mod system;

pub use patience::eventually;
pub use system::{Instance, Options, PBX, Service, System};
