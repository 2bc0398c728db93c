//! Notes and promises that people write on a card.

use chrono::{DateTime, Utc};
use edina_proto::registry::v1::{NoteAdded, TimelineEntry};
use edina_runtime::caller::Caller;

use super::{Registry, RegistryError, facts, id, root_of, timeline};
use crate::store::{self, timeline::Entry};

/// Longest note, bytes.
const LONGEST_NOTE: usize = 8 * 1024;

/// A note to be written.
#[derive(Clone)]
pub struct NewNote {
    pub client_id: String,
    pub text: String,
    /// note, promise
    pub kind: String,
    /// When a promise is due.
    pub due_at: Option<DateTime<Utc>>,
}

/// Its text is personal.
impl std::fmt::Debug for NewNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewNote")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Writes a note into the timeline.
    pub async fn add_note(&self, caller: &Caller, note: &NewNote) -> Result<TimelineEntry, RegistryError> {
        let text = note.text.trim();
        if text.is_empty() || text.len() > LONGEST_NOTE {
            return Err(RegistryError::invalid(
                "text",
                format!("must have 1 to {LONGEST_NOTE} bytes"),
            ));
        }
        let kind = if note.kind.is_empty() {
            "note"
        } else {
            note.kind.as_str()
        };
        if !matches!(kind, "note" | "promise") {
            return Err(RegistryError::invalid("kind", "must be note or promise"));
        }
        let client_id = id("client_id", &note.client_id)?;
        let now = self.clock.now();
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let root = root_of(&mut tx, group, client_id).await?;
        let due = note.due_at.map(|at| at.to_rfc3339()).unwrap_or_default();
        let entry = facts::own_entry(
            caller,
            client_id,
            "note",
            String::new(),
            now,
            &[("kind", kind.to_owned()), ("due_at", due)],
        );
        let entry = Entry {
            text: text.to_owned(),
            ref_id: entry.id.to_string(),
            ..entry
        };
        store::timeline::put(&mut tx, group, &entry).await?;
        let fact = NoteAdded {
            client_id: root.to_string(),
            entry_id: entry.id.to_string(),
            kind: kind.to_owned(),
            actor_employee_id: caller.employee_id().to_owned(),
        };
        facts::say(&mut tx, caller, &fact, now).await?;
        self.commit(tx).await?;
        Ok(timeline::wire(entry))
    }
}
