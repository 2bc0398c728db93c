//! Lead intake: its channels against real documents, and the whole service on a real PostgreSQL, NATS and registry.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod adf_quirks;
mod adf_samples;
mod answering;
mod assigning;
mod dealing;
mod following;
mod forms;
mod journal;
mod refusing;
mod support;
mod taking;
mod tenancy;
