//! Between protobuf messages and the registry's own types, by what they are about.

mod imports;
mod record;
mod statements;

use chrono::{DateTime, Utc};
use edina_proto::{
    common::v1::{PageReply, PageRequest},
    time::from_proto,
};
use prost_types::Timestamp;

pub(super) use imports::{import, import_row, new_import};
pub(super) use record::{answer, consent, placed, resolved, row, said};
use record::{money, vehicle};
pub(super) use statements::{contact_answer, note, owner, purchase, relation, vehicle_role};

use crate::registry::RegistryError;

/// An instant, if one was given; an error when it is out of range.
pub(super) fn instant(
    field: &'static str,
    at: Option<&Timestamp>,
) -> Result<Option<DateTime<Utc>>, RegistryError> {
    at.map(|at| from_proto(at).ok_or_else(|| RegistryError::invalid(field, "is no instant")))
        .transpose()
}

/// Limit and cursor; none asked for is the default page.
pub(super) fn page(page: Option<PageRequest>) -> (u32, String) {
    page.map(|page| (page.limit, page.cursor)).unwrap_or_default()
}

/// Where the next page begins; an empty cursor at the end.
pub(super) fn next(next_cursor: String) -> Option<PageReply> {
    Some(PageReply { next_cursor })
}

/// A part without which there is nothing to do.
pub(super) fn given<T>(field: &'static str, part: Option<T>) -> Result<T, RegistryError> {
    part.ok_or_else(|| RegistryError::invalid(field, "must be given"))
}
