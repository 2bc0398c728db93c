//! Files of every kind and quirk through the crate's front door.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod bounds;
mod cards;
mod hostile;
mod pages;
mod properties;
mod samples;
mod second_columns;
mod support;
mod tables;
mod trials;
mod workbooks;
