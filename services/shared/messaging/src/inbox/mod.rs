//! Facts from other services: applied once, in one transaction with the note that they were.

mod backlog;
mod consumer;
mod guard;

pub use consumer::{Apply, Consumer, Fresh, Refusal};
pub use guard::{first_times, pass_over};
