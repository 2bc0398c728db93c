//! The contract `edina.intake.v1.LeadIntake` over the use cases: decode, call, encode.

mod service;
mod status;
mod wire;

pub use service::LeadIntakeService;
