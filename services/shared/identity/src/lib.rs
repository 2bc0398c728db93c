//! Who is who: evidence in, a decision out. Pure: no I/O, no clock, no async.
//!
//! [`normalise`](fn@normalise) turns a raw record into comparable values, [`match_keys`] says where to look
//! for candidates, [`score`](fn@score) and [`score_against_card`] weigh evidence for and against as Fellegi
//! and Sunter did, [`decide`](fn@decide) links, asks or creates. The registry stores what is here computed
//! and feeds it candidates; it holds no rule of its own.

pub mod normalise;
pub mod text;

pub use normalise::{Gender, Home};
