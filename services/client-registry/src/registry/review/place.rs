//! Where a page of questions ends.

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{registry::RegistryError, store::reviews::Row};

/// Where a page ends: what the list is ordered by, and the question's id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The worth of an open question; of one answered or put off the microsecond when it was. As bits.
    order: u64,
    pub(super) id: Uuid,
    /// Among those put off.
    pub(super) skipped: bool,
}

impl Place {
    pub(super) fn of(row: &Row) -> Self {
        let order = match row.skipped_at.or(row.decided_at) {
            Some(at) => at.timestamp_micros().cast_unsigned(),
            None => row.worth.to_bits(),
        };
        Self {
            order,
            id: row.id,
            skipped: row.skipped_at.is_some(),
        }
    }

    pub(super) fn read(cursor: &str) -> Result<Self, RegistryError> {
        let read = || {
            let (skipped, place) = match cursor.strip_prefix('s') {
                Some(place) => (true, place),
                None => (false, cursor),
            };
            let (order, id) = place.split_once('.')?;
            Some(Self {
                order: u64::from_str_radix(order, 16).ok()?,
                id: id.parse().ok()?,
                skipped,
            })
        };
        read().ok_or_else(wrong_cursor)
    }

    pub(super) fn worth(self) -> f64 {
        f64::from_bits(self.order)
    }

    pub(super) fn at(self) -> Result<DateTime<Utc>, RegistryError> {
        DateTime::from_timestamp_micros(self.order.cast_signed()).ok_or_else(wrong_cursor)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = if self.skipped { "s" } else { "" };
        write!(f, "{skipped}{:x}.{}", self.order, self.id)
    }
}

fn wrong_cursor() -> RegistryError {
    RegistryError::invalid("page.cursor", "must be the next_cursor of an answer")
}
