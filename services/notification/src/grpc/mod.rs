//! The contract `edina.notification.v1.Notification` over the use cases: decode, call, encode.

mod connections;
mod service;
mod status;
mod wire;

pub use service::NotificationService;
