//! The gateway on a real PostgreSQL: sign-in, CSRF, rights, tenancy, problem documents.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod access;
mod directory;
mod door;
mod imports;
mod tenancy;
