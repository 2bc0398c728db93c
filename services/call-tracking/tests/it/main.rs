//! Call tracking against real captures, arbitrary bytes, and a PBX on loopback.

mod calls;
mod decoding;
mod feed;
mod samples;
