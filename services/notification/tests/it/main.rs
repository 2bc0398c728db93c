//! What users and the other services rely on, a file per behaviour: formats, the gate, wordings, both clients against
//! the sandbox with its faults on, and the whole service on real PostgreSQL and NATS with stand-ins for its neighbours.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail loudly and read the clock"
)]

mod doubt;
mod formats;
mod gate;
mod journeys;
mod neighbours;
mod quiet_and_suppressed;
mod smpp_client;
mod smtp_client;
mod support;
mod templates;
mod tenancy;
mod tls;
mod wire;
mod wordings;
mod world;
