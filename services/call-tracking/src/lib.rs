//! Call tracking: every telephone call of the group, from the first ring to the hang-up.
//!
//! The flow:
//! 1. [`ami::client`] holds one connection to a PBX (Asterisk manager interface), logs in, and keeps it alive.
//! 2. [`ami::codec`] turns its bytes into messages, [`ami::event`] turns messages into the few typed events we need.
//! 3. [`call::CallTracker`] (pure) joins the events of all channels with one `Linkedid` into a [`call::Call`]
//!    and says what changed: started, ringing, answered, transferred, held, ended.
//! 4. After a lost connection the client asks for the live channels; the tracker compares and ends what is gone.
//! 5. [`replay`] is the other side of the wire: a manager-interface server that plays real sequences for the
//!    demo and for the fault tests.

pub mod ami;
mod app;
pub mod call;
mod config;
mod grpc;
pub mod replay;
mod store;
mod tracking;

pub use app::App;
pub use config::{Config, PbxConfig};

/// Name of the service's database and role.
pub const DATABASE: &str = "call_tracking";
/// The service's schema.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/call-tracking");
