//! What the rest of the service relies on, a file per behaviour: formats, the gate, templates, and both clients
//! against the sandbox with its faults on.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail loudly and read the clock"
)]

mod formats;
mod gate;
mod smpp_client;
mod smtp_client;
mod support;
mod templates;
mod wire;
