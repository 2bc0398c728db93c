//! What makes reading cards cheaper.

use edina_identity::Stats;
use sqlx::PgConnection;

use super::super::{junk::JunkKeys, shared::SharedKeys, totals::Totals};
use crate::store::profiles::Kept;

/// What helps to read the cards near some records.
pub(in crate::registry::resolve) struct Helps<'a> {
    pub(in crate::registry::resolve) junk: &'a JunkKeys,
    /// A number of records that was read before will do.
    pub(in crate::registry::resolve) totals: Option<&'a Totals>,
    pub(in crate::registry::resolve) known: Option<Known>,
    /// Another connection, which sees the same: half is read by that.
    pub(in crate::registry::resolve) beside: Option<&'a mut PgConnection>,
}

/// What was read of cards along with whether the records are known.
pub(in crate::registry::resolve) struct Known {
    /// Who has the records' keys.
    pub(in crate::registry::resolve) keys: SharedKeys,
    /// Cards of those who have a key that says enough by itself, and whether people said anything of any card.
    pub(in crate::registry::resolve) cards: (Vec<Kept>, bool),
    /// How often is said what the records say.
    pub(in crate::registry::resolve) counts: Stats,
}

impl<'a> Helps<'a> {
    pub(in crate::registry::resolve) fn none(junk: &'a JunkKeys) -> Self {
        Self {
            junk,
            totals: None,
            known: None,
            beside: None,
        }
    }
}
