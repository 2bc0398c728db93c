//! Timeline entries; what an entry points to is added by who has it.

use edina_proto::registry::v1::TimelineEntry;
use serde_json::{Value, json};

use super::instant;

/// An entry of the registry's timeline.
pub fn entry(entry: &TimelineEntry) -> Value {
    json!({
        "entry_id": entry.entry_id,
        "at": instant(entry.at.as_ref()),
        "kind": entry.kind,
        "department": entry.department,
        "ref_service": entry.ref_service,
        "ref_id": entry.ref_id,
        "actor_employee_id": entry.actor_employee_id,
        "facts": entry.facts,
        "text": entry.text,
        "branch_id": entry.branch_id,
    })
}
