//! Facts commit with the state that caused them ([`enqueue`]); a relay publishes them ([`Relay`]).

mod backlog;
mod enqueue;
mod relay;
mod waiting;

pub use backlog::backlog;
pub use enqueue::{Columns, Facts, enqueue};
pub use relay::{Relay, RelaySignal, republish};
pub use waiting::{Waiting, kept, waiting};
