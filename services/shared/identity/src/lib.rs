//! Who is who: evidence in, a decision out. Pure: no I/O, no clock, no async.
//!
//! [`normalise`](fn@normalise) turns a raw record into comparable values, [`match_keys`] says where to look
//! for candidates, [`score`](fn@score) and [`score_against_card`] weigh evidence for and against as Fellegi
//! and Sunter did, [`decide`](fn@decide) links, asks or creates. The registry stores what is computed here
//! and feeds it candidates; it holds no rule of its own.

pub mod columns;
pub mod compare;
pub mod decide;
pub mod engine;
pub mod explain;
pub mod keys;
pub mod normalise;
mod normalise_record;
pub mod record;
pub mod score;
pub mod search;
pub mod stats;
pub mod text;

pub use compare::{Evidence, Field, Outcome, compare};
pub use decide::{Decision, Thresholds, decide};
pub use engine::Profile;
pub use keys::{MatchKey, match_keys};
pub use normalise::name::PersonName;
pub use normalise::{Gender, Home};
pub use normalise_record::normalise;
pub use record::{CompanyInput, Normalised, Party, RecordInput, Vehicle, VehicleInput, Warning};
pub use score::{Score, score, score_against_card};
pub use search::{NameToken, SearchQuery, search_query};
pub use stats::{Context, Stats, TermFrequencies, terms};
