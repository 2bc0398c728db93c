//! The contract `edina.calls.v1.CallTracking` over the use cases: decode, call, encode.

mod service;
mod status;
mod wire;

pub use service::CallTrackingService;
