//! Facts of other services that change leads; one file per producer. The registry says one kind only, which
//! [`Intake`](crate::intake::Intake) follows by itself.

mod calls;

pub use calls::FromCalls;
