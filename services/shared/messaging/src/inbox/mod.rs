//! Facts from other services: applied once, in one transaction with the note that they were.

mod backlog;
mod consumer;
mod following;
mod guard;

pub use consumer::{Apply, Consumer, Fresh, Refusal};
pub use following::{Follow, Following};
pub use guard::{first_times, pass_over};
