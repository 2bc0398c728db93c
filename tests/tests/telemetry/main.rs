//! What an operator sees of the system: traces and metrics at a real OTLP collector, metrics and alerts in a real
//! Prometheus, and no personal data in any of them.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod exported;
mod one_trace;
mod rules;
mod secured;
