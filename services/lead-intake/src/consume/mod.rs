//! Facts of other services that change leads; one file per producer.

mod calls;

pub use calls::FromCalls;
