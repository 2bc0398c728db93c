//! Who is this? One card per client, for every other service.
//!
//! ```text
//! grpc (decode, encode) ─┐
//! consume (facts of the ─┼─> registry (use cases) ─> store (all SQL) + outbox
//! other services)        ┘        │
//!                                 └─> client (PURE: evidence in, card out) ─> edina-identity
//! ```
//!
//! A source record is what somebody said, kept for ever as received. A client is a set of source records; merging
//! links clients and never rewrites anything, so taking a merge back is exact. The registry calls nobody.

pub mod app;
pub mod bulk;
pub mod client;
pub mod config;
mod consume;
mod grpc;
pub mod registry;
mod store;

pub use app::App;
pub use config::Config;

/// The service's own database, and the role it connects as.
pub const DATABASE: &str = "client_registry";
/// The service's name: settings prefix, caller name, NATS durable name.
pub const NAME: &str = "client-registry";
/// The tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/client-registry");
