//! A call as it is stored, and as an update of the exchange says it is.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A stored call.
#[derive(Debug, Clone)]
pub struct CallRow {
    pub id: Uuid,
    pub linked_id: String,
    pub direction: String,
    pub number: String,
    pub line: String,
    pub queue: String,
    pub branch_id: String,
    pub client_id: String,
    pub recognition: String,
    pub state: String,
    pub outcome: String,
    pub ringing_extensions: Vec<String>,
    pub answered_extension: String,
    pub employee_id: String,
    pub started_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub wait_seconds: i32,
    pub talk_seconds: i32,
    pub transfers: serde_json::Value,
    pub first_call: bool,
    pub attempts: i32,
    pub resynchronised: bool,
    pub merged_into: String,
    pub task_id: String,
    pub result: String,
    pub next_step: String,
    pub note: String,
    pub topic: String,
    pub resolved_at: Option<DateTime<Utc>>,
    pub answered_announced: bool,
    pub ended_announced: bool,
    pub version: i64,
}

impl CallRow {
    /// The registry has said whose call it is, or there is no number to ask by.
    pub fn resolved(&self) -> bool {
        self.resolved_at.is_some() || self.number.is_empty()
    }
}

/// What an update of the exchange says about a call.
#[derive(Debug)]
pub struct CallWrite {
    pub id: Uuid,
    pub pbx: String,
    pub linked_id: String,
    pub direction: String,
    pub number: String,
    pub line: String,
    pub queue: String,
    pub branch_id: String,
    pub client_id: String,
    pub recognition: String,
    pub state: String,
    pub outcome: String,
    pub ringing_extensions: Vec<String>,
    pub answered_extension: String,
    pub employee_id: String,
    pub started_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub wait_seconds: i32,
    pub talk_seconds: i32,
    pub transfers: serde_json::Value,
    pub resynchronised: bool,
    pub merged_into: String,
}
