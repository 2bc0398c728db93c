//! Who is at the other end: sign-in, sessions, API tokens, rights.
//!
//! `sign_in` checks a password under `throttle` and opens a session, kept in a `cookie`; `change_password` ends all
//! others. `identity` finds whose request it is, `rights` says what a role may do, `origin` whether it comes from a page
//! of ours; `guard` puts them in front of the routes.

pub mod change_password;
pub mod cookie;
pub mod guard;
pub mod identity;
mod origin;
pub mod password;
pub mod rights;
pub mod sign_in;
pub mod throttle;
pub mod token;

pub use identity::{Identity, Person};
pub use origin::is_own;
pub use rights::Right;
