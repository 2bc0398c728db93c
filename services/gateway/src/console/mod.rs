//! The console: pages rendered on the server, one folder per screen.
//!
//! `pages` renders templates with the shell around them; `i18n` and `format` say things in Russian and English;
//! `assets` serves the style sheets and our own script. A screen's module gathers data and names its template.

pub mod account;
mod act;
pub mod assets;
pub mod calls;
pub mod card;
pub mod confirming;
pub mod connections;
pub mod demo;
mod environment;
mod form;
mod format;
pub mod home;
pub mod i18n;
pub mod identity;
pub mod imports;
pub mod inputs;
pub mod journal;
pub mod leads;
mod lists;
#[cfg(test)]
mod lists_test;
pub mod looks;
pub mod messages;
pub mod pages;
pub mod people;
pub mod records;
pub mod reviews;
pub mod sandbox;
pub mod search;
pub mod sign_in;
pub mod tasks;
#[cfg(test)]
mod templates_test;
mod weighing;
