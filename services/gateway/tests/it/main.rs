//! The gateway on a real PostgreSQL: sign-in, CSRF, rights, tenancy, problem documents.

mod access;
mod directory;
mod door;
mod tenancy;
