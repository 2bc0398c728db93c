//! The timeline: everything any department or the client did, newest first, by ids and times.

use chrono::{DateTime, Utc};
use edina_proto::{registry::v1::TimelineEntry, time::to_proto};
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, id, page_size, root_of};
use crate::store::{self, timeline::Entry};

const DEFAULT_PAGE: u32 = 50;
/// Most kinds of one filter.
const MOST_KINDS: usize = 32;

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// Empty on the last page.
    pub next_cursor: String,
}

impl Registry {
    /// A page of the card's timeline.
    pub async fn timeline(
        &self,
        caller: &Caller,
        client_id: &str,
        kinds: &[String],
        limit: u32,
        cursor: &str,
    ) -> Result<Page<TimelineEntry>, RegistryError> {
        if kinds.len() > MOST_KINDS {
            return Err(RegistryError::invalid("kinds", format!("at most {MOST_KINDS}")));
        }
        let before = read_cursor(cursor)?;
        let limit = page_size(limit, DEFAULT_PAGE);
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let root = root_of(&mut tx, group, id("client_id", client_id)?).await?;
        let members = store::clients::members(&mut tx, group, &[root]).await?;
        let mut rows =
            store::timeline::page(&mut tx, group, &members, kinds, before, i64::from(limit) + 1).await?;
        let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|row| format!("{}.{}", row.at.timestamp_micros(), row.id))
            .unwrap_or_default();
        Ok(Page {
            rows: rows.into_iter().map(wire).collect(),
            next_cursor,
        })
    }
}

fn read_cursor(cursor: &str) -> Result<Option<(DateTime<Utc>, Uuid)>, RegistryError> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (micros, id) = cursor.split_once('.')?;
        Some((
            DateTime::from_timestamp_micros(micros.parse().ok()?)?,
            id.parse().ok()?,
        ))
    };
    read()
        .map(Some)
        .ok_or_else(|| RegistryError::invalid("page.cursor", "is not a cursor of this list"))
}

/// An entry for the wire.
pub(super) fn wire(entry: Entry) -> TimelineEntry {
    TimelineEntry {
        entry_id: entry.id.to_string(),
        at: Some(to_proto(entry.at)),
        kind: entry.kind,
        department: entry.department,
        ref_service: entry.ref_service,
        ref_id: entry.ref_id,
        actor_employee_id: entry.actor_employee_id,
        facts: entry.facts.0.into_iter().collect(),
        text: entry.text,
        branch_id: entry.branch_id,
    }
}
