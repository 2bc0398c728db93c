//! The gateway: where people, browsers and programs come in.
//!
//! `http` is one table of routes, each with the right it needs; `session` finds whose request it is; `upstream` asks
//! the other services under that identity; `view` turns their answers into JSON, which the API sends as it is and
//! `console` renders as pages; `live` pushes what happens to open pages; `directory` owns branches and people;
//! `imports` takes files and sends their rows to the registry.

mod app;
mod config;
pub mod console;
pub mod demo;
pub mod directory;
mod gateway;
pub mod http;
pub mod imports;
mod live;
pub mod provision;
pub mod session;
mod store;
mod upstream;
mod view;

pub use app::App;
pub use config::Config;
pub use gateway::Gateway;

/// The gateway's migrations.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/gateway");
/// Name of its database and role.
pub const DATABASE: &str = "gateway";
