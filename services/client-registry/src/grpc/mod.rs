//! gRPC: decode, use case, encode.

mod russian;
mod service;
mod status;
mod wire;

pub(crate) use service::ClientRegistryService;
