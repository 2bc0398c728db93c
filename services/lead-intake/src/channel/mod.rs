//! What comes in: each file turns the bytes of one kind of source into leads and can be fuzzed alone.
//!
//! Nothing here knows the database or the network. What cannot be read becomes a [`Rejection`], which says what is
//! wrong, where, and what would be right; `http` shows it as a problem document, the console lets it be corrected.

pub mod adf;
pub mod charset;
pub mod form;
pub mod journal;
pub mod rejection;
pub mod words;

pub use rejection::{Position, RejectedPart, Rejection, RejectionCode};
