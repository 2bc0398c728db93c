//! Who may do what: every route and every rpc, tried with every role, with no right credential, and with the ids of
//! another dealership group and another branch.
//!
//! What is expected stands in one table (`table` for HTTP, `rpcs` for gRPC). The routes are those the gateway's router
//! is built from, the rpcs those of the reflection descriptors: one without a line in the table fails here.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod branches;
mod browsers;
mod credentials;
mod doors;
mod groups;
mod grpc;
mod requests;
mod roles;
mod rpcs;
mod sessions;
mod table;
mod things;
mod world;
