//! Two of everything: two copies of each service on one PostgreSQL and one NATS.
//!
//! What counts as a failure:
//! - a request that is not answered, or not with success: cut off, refused, 5xx. Nobody here tries again;
//! - a lead, call, card, task or message that is missing or there twice;
//! - an effect of periodic work that is there twice, or not at all: [`said_once`] says which there is;
//! - a copy that does nothing while the other works;
//! - a PBX that two copies read, or that nobody reads 5 s after its reader was killed;
//! - an event stream that does not tell of a call that rings;
//! - a process that does not end with 0 when asked to.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod books;
mod either_copy;
mod load;
mod pbx_taken_over;
mod rolling_restart;
mod said_once;
mod shared_work;
mod stage;
