//! Notification: every message the dealership group sends, and what became of it.
//!
//! Facts (a lead arrived, a call was missed, a lead is overdue) become intents in [`consume`]; [`delivery`] sends each:
//! today's address and consent from the registry, [`template`] words it, the gate in [`message`] says whether it may
//! leave and why, [`channel`] carries it to an SMPP or SMTP provider and brings receipts back. Without a provider
//! [`sandbox`] is the far end: an own message centre and mail catcher on loopback that speak the same protocols.
//! One intent is sent at most once; what may have been sent is never sent again blindly.

mod app;
pub mod channel;
mod config;
mod consume;
mod delivery;
mod grpc;
pub mod message;
pub mod restored;
pub mod sandbox;
mod store;
pub mod template;

pub use app::App;
pub use config::Config;

/// Name of the service's database and role.
pub const DATABASE: &str = "notification";
/// The service's schema.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/notification");
