//! Who is who: evidence in, a decision out. Pure: no I/O, no clock, no async.
//!
//! [`normalise`](fn@normalise) turns a raw record into comparable values, [`engine`] says where to look for candidates,
//! weighs evidence for and against as Fellegi and Sunter did, and forms cards. The registry stores what is computed
//! here and feeds it candidates; it holds no rule of its own.

pub mod columns;
pub mod engine;
pub mod keys;
pub mod normalise;
mod normalise_record;
pub mod record;
pub mod search;
pub mod stats;
pub mod text;

pub use engine::Profile;
pub use keys::{MatchKey, match_keys};
pub use normalise::name::PersonName;
pub use normalise::{Gender, Home};
pub use normalise_record::normalise;
pub use record::{
    CompanyInput, ContactInput, Normalised, Party, RecordInput, Vehicle, VehicleInput, Warning,
};
pub use search::{NameToken, SearchQuery, search_query};
pub use stats::{Stats, TermFrequencies};
