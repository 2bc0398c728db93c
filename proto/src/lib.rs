//! The contracts between Edina's services, by package and version, and the facts they publish.
//!
//! Generated at build time from `proto/edina`. Contracts grow by adding fields; a breaking change is a new
//! version beside the old.
#![expect(
    missing_docs,
    clippy::allow_attributes_without_reason,
    reason = "documented in the .proto files the code is generated from"
)]
#![expect(clippy::large_enum_variant, reason = "generated: alternatives of one message")]

pub mod fact;
pub mod time;
pub mod words;

pub mod common {
    pub mod v1 {
        tonic::include_proto!("edina.common.v1");
    }
}
pub mod directory {
    pub mod v1 {
        tonic::include_proto!("edina.directory.v1");
    }
}
pub mod registry {
    pub mod v1 {
        tonic::include_proto!("edina.registry.v1");
    }
}
pub mod intake {
    pub mod v1 {
        tonic::include_proto!("edina.intake.v1");
    }
}
pub mod calls {
    pub mod v1 {
        tonic::include_proto!("edina.calls.v1");
    }
}
pub mod notification {
    pub mod v1 {
        tonic::include_proto!("edina.notification.v1");
    }
}
pub mod gateway {
    pub mod v1 {
        tonic::include_proto!("edina.gateway.v1");
    }
}

/// The encoded descriptor set, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
