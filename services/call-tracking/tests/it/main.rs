//! Call tracking against real captures, arbitrary bytes, and a PBX on loopback.

mod calls;
mod client;
mod decoding;
mod feed;
mod played;
mod samples;
