//! The console: pages rendered on the server, one folder per screen.
//!
//! `pages` renders templates with the shell around them; `i18n` and `format` say things in Russian and English;
//! `assets` serves the style sheet and our own script. A screen's module gathers data and names its template.

pub mod assets;
pub mod card;
mod form;
mod format;
pub mod home;
pub mod i18n;
pub mod looks;
pub mod pages;
pub mod search;
pub mod sign_in;
