//! Cursors: `microseconds_uuid` of the last row shown.

use chrono::{DateTime, Utc};
use edina_proto::common::v1::{PageReply, PageRequest};
use tonic::Status;
use uuid::Uuid;

const DEFAULT_LIMIT: u32 = 50;
const LARGEST_LIMIT: u32 = 200;

/// Row limit and where to go on.
pub(super) struct Page {
    pub(super) limit: i64,
    pub(super) before: Option<(DateTime<Utc>, Uuid)>,
}

pub(super) fn read(page: Option<PageRequest>) -> Result<Page, Status> {
    let page = page.unwrap_or_default();
    let limit = if page.limit == 0 {
        DEFAULT_LIMIT
    } else {
        page.limit.min(LARGEST_LIMIT)
    };
    let before = if page.cursor.is_empty() {
        None
    } else {
        let parsed = page.cursor.split_once('_').and_then(|(micros, id)| {
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
    /// The cursor after `last`, if the page was full.
    pub(super) fn reply(&self, count: usize, last: Option<(DateTime<Utc>, Uuid)>) -> PageReply {
        let full = i64::try_from(count).unwrap_or(i64::MAX) >= self.limit;
        let next = last
            .filter(|_| full)
            .map(|(at, id)| format!("{}_{id}", at.timestamp_micros()));
        PageReply {
            next_cursor: next.unwrap_or_default(),
        }
    }
}
