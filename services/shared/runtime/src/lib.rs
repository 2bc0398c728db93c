//! What every service stands on: configuration, clock, callers, two-stage stop, readiness, gRPC and HTTP listeners.
//!
//! Written once, so that a service's `main.rs` reads like a table of contents. Storage is in `edina-postgres`,
//! facts in `edina-messaging`, logs, traces and metrics in `edina-telemetry`.

pub mod admission;
pub mod caller;
pub mod clock;
pub mod config;
pub mod group;
pub mod grpc;
pub mod http;
pub mod limits;
pub mod listeners;
pub mod page;
pub mod problem;
pub mod readiness;
pub mod redact;
pub mod service;
pub mod stop;
pub mod tls;
