//! Facts of other services that somebody is to be told about.

mod calls;
mod leads;

pub use calls::FromCalls;
pub use leads::FromIntake;
