//! The runtime from outside.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod leaving;
mod listener;
mod tls;
