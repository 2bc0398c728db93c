//! What an operator does, done as `deploy/` says: an installation with least rights, its first group and sources, backup
//! and restore, and the doctor who finds what is broken.
//!
//! Everything is taken from `deploy/`: secrets by `make-secrets`, roles by `provision.sql`, NATS with `nats.conf` and
//! `accounts.conf`, schemas by `edina migrate --existing`. Only addresses differ.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod backup_and_restore;
mod broker;
mod doctor;
mod installation;
mod least_rights;
mod tools;
