//! Pages of a list, newest first: cursors are `microseconds_uuid` of the last row shown.

use chrono::{DateTime, Utc};
use tonic::Status;
use uuid::Uuid;

const DEFAULT_LIMIT: u32 = 50;
const LARGEST_LIMIT: u32 = 200;

/// Row limit, and after which row to go on.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Rows of this page.
    pub limit: i64,
    /// The last row shown.
    pub before: Option<(DateTime<Utc>, Uuid)>,
}

/// Reads what a caller asked for; 0 rows means the default, an empty cursor the first page.
pub fn read(limit: u32, cursor: &str) -> Result<Page, Status> {
    let limit = if limit == 0 {
        DEFAULT_LIMIT
    } else {
        limit.min(LARGEST_LIMIT)
    };
    let before = if cursor.is_empty() {
        None
    } else {
        let parsed = cursor.split_once('_').and_then(|(micros, id)| {
            Some((
                DateTime::from_timestamp_micros(micros.parse().ok()?)?,
                id.parse().ok()?,
            ))
        });
        Some(parsed.ok_or_else(|| Status::invalid_argument("page.cursor: not a cursor of this list"))?)
    };
    Ok(Page {
        limit: i64::from(limit),
        before,
    })
}

impl Page {
    /// The cursor after `last` if the page was full; empty at the end.
    pub fn next(&self, count: usize, last: Option<(DateTime<Utc>, Uuid)>) -> String {
        let full = i64::try_from(count).unwrap_or(i64::MAX) >= self.limit;
        last.filter(|_| full)
            .map(|(at, id)| format!("{}_{id}", at.timestamp_micros()))
            .unwrap_or_default()
    }
}
