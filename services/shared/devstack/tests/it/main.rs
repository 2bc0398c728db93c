//! The stack against real servers: found and fetched, killed, restarted, contested.
//!
//! Fetched servers are downloaded once into the build's temporary folder and shared by all tests.
#![expect(clippy::unwrap_used, reason = "a failing step is a failing test")]

mod death;
mod faults;
mod probe;
mod sources;
mod upkeep;
