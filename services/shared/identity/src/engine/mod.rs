//! The identity engine: who is who among many records, in a file or one by one as they arrive.
//!
//! ```text
//! Normalised --Profile::of--> Profile --keys--> candidates (index of the caller)
//!                                |
//!        Profile x Profile --compare--> Comparison --Model::weigh--> Verdict in bits
//!                                |
//!              cluster (a whole file)     place (one record against cards)
//! ```
//!
//! - [`profile`]: what a set of records says about its client. One record is a set of one.
//! - [`keys`]: where to look for candidates; every key may be met by chance.
//! - [`traits`]: what is compared and how it can come out.
//! - [`compare`]: two profiles side by side.
//! - [`crowd`]: numbers by which so many speak that they know nobody apart.
//! - [`model`]: how likely each outcome is if both are one client, one household, owners of one number or car one
//!   after the other, or strangers. Explanations compete: a phone shared by a family proves a family.
//! - [`train`]: the model learned from unlabelled records.
//! - [`base`]: records, index and counts held in memory.
//! - [`cluster`]: cards out of a whole file, the strongest evidence first.
//! - [`place`]: one record against the cards known so far. [`arrivals`]: record after record, held in memory.
//! - [`questions`]: what a human should be asked, by what the answer is worth.
//! - [`rulings`]: what people said, which the engine never goes against.

pub mod arrivals;
pub mod base;
pub mod cluster;
pub mod compare;
pub mod crowd;
pub mod keys;
pub mod model;
pub mod place;
pub mod profile;
pub mod questions;
pub mod rulings;
pub mod shown;
pub mod train;
pub mod traits;

pub use base::Base;
pub use model::{Hypothesis, Model, Verdict};
pub use profile::Profile;
pub use questions::Question;
pub use rulings::Rulings;
pub use traits::{Level, Trait};
