//! Facts of other services that change leads; one file per producer.

mod calls;
mod registry;

pub use calls::FromCalls;
pub use registry::FromRegistry;
