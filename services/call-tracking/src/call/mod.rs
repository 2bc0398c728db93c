//! A call, and how it is followed. Pure: no sockets, no clock, no database; fed with (event, time), answers with
//! [`CallUpdate`]s. [`crate::ami::event`] is its only neighbour.

mod index;
mod live;
mod merge;
mod outcome;
mod plan;
mod record;
mod resync;
mod ringing;
mod talk;
mod tracker;
mod transfer;

pub use plan::{ChannelName, InvalidPattern, NumberingPlan, Party};
pub use record::{Call, CallUpdate, Change, Direction, Outcome, Ring, RingEnd, Transfer, TransferKind};
pub use resync::LiveList;
pub use tracker::{CallTracker, Limits};
