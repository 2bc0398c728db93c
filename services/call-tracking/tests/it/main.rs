//! Call tracking against real captures, arbitrary bytes, and a PBX on loopback.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod calls;
mod client;
mod decoding;
mod feed;
mod played;
mod samples;
mod tracking;
