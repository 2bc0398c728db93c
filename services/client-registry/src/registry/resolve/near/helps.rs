//! What makes reading cards cheaper.

use sqlx::PgConnection;

use super::super::{junk::JunkKeys, shared::SharedKeys, totals::Totals};

/// What helps to read the cards near some records.
pub(in crate::registry::resolve) struct Helps<'a> {
    pub(in crate::registry::resolve) junk: &'a JunkKeys,
    /// A number of records that was read before will do.
    pub(in crate::registry::resolve) totals: Option<&'a Totals>,
    /// Who has the records' keys, if that was read.
    pub(in crate::registry::resolve) keys: Option<SharedKeys>,
    /// Another connection, which sees the same: half is read by that.
    pub(in crate::registry::resolve) beside: Option<&'a mut PgConnection>,
}

impl<'a> Helps<'a> {
    pub(in crate::registry::resolve) fn none(junk: &'a JunkKeys) -> Self {
        Self {
            junk,
            totals: None,
            keys: None,
            beside: None,
        }
    }
}
