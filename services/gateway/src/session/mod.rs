//! Who is at the other end: sign-in, sessions, API tokens, rights.
//!
//! `sign_in` checks a password under throttling and opens a session; `identity` finds whose request it is;
//! `rights` says what a role may do; `guard` puts both in front of the routes.

pub mod guard;
pub mod identity;
pub mod password;
pub mod rights;
pub mod sign_in;
pub mod token;

pub use identity::{Identity, Person};
pub use rights::Right;
