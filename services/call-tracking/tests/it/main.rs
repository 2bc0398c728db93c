//! Call tracking against real captures, arbitrary bytes, and a PBX on loopback; and the whole
//! service on a real PostgreSQL, NATS and registry (`world` and the files that use it).

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod announcing;
mod calling_back;
mod calls;
mod client;
mod decoding;
mod feed;
mod going_on;
mod isolation;
mod listing;
mod played;
mod recognising;
mod samples;
mod storing;
mod taking_turns;
mod tls;
mod tracking;
mod world;
