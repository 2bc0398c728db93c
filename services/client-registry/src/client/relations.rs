//! What clients are to each other, as one card shows it.

use edina_proto::{registry::v1::Relation, time::to_proto};
use uuid::Uuid;

use super::history::RelationEntry;

/// A relation as the card with these members shows it; names are filled in by the caller.
pub fn shown(entry: &RelationEntry, members: &[Uuid]) -> Relation {
    let outward = members.contains(&entry.from_client_id);
    let other = if outward {
        entry.to_client_id
    } else {
        entry.from_client_id
    };
    Relation {
        relation_id: entry.id.to_string(),
        kind: entry.kind.clone(),
        client_id: other.to_string(),
        display_name: String::new(),
        outward,
        position: entry.position.clone(),
        buyer_role: entry.buyer_role.clone(),
        since: entry.since.map(to_proto),
        until: entry.until.map(to_proto),
        source: entry.source.clone(),
        actor_employee_id: entry.by_employee_id.clone(),
        at: Some(to_proto(entry.at)),
        undone_at: entry.undone_at.map(to_proto),
        proposed: entry.proposed,
        because: entry
            .because
            .split(',')
            .filter(|code| !code.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}
