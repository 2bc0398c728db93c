//! lead-intake: takes leads from every channel, hands each to one person and follows it to won or lost.
//!
//! The flow:
//! 1. [`channel`] turns bytes (ADF/XML, a web form, a line of the showroom journal) into a [`lead::Lead`], or into a
//!    rejection that says what was wrong, where, and what would be right.
//! 2. The input is stored as received, together with the leads read from it, and answered at once.
//! 3. The same input again (its key, its source id, or its [`lead::fingerprint`] within the window) is one lead with
//!    another arrival.
//! 4. The registry is asked in the background who this is; retried until it answers.
//! 5. [`lead::assignment`] gives the lead to the client's owner, else to the next present seller of the branch.
//! 6. [`lead::response_clock`] runs from arrival to the first answer; overdue leads are announced.
//! 7. The lead moves through the seven sales steps ([`lead::step`]) until it is won or lost ([`lead::status`]).

#![expect(
    clippy::result_large_err,
    reason = "a refusal is built once an input, on the way out to a person"
)]

mod app;
pub mod channel;
mod config;
mod consume;
mod grpc;
mod http;
mod intake;
pub mod lead;
mod store;

pub use app::App;
pub use config::Config;
pub use http::{ROUTES, Route};

/// Name of the service's database and role.
pub const DATABASE: &str = "lead_intake";
/// The service's schema.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/lead-intake");
