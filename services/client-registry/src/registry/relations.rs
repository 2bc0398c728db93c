//! What clients are to each other, said by people: a person and his business, a household, an employer.

use chrono::{DateTime, Utc};
use edina_proto::{
    registry::v1::Relation,
    words::{BUYER_ROLES, RELATION_KINDS},
};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts, id, root_of};
use crate::{
    client::{evidence::one_of, history::RelationEntry, relations::shown},
    store,
};

/// A relation to be stored: what the other client is to this one.
#[derive(Debug)]
pub struct NewRelation {
    pub client_id: String,
    pub other_client_id: String,
    pub kind: String,
    pub position: String,
    pub buyer_role: String,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

impl Registry {
    /// Relates two clients.
    pub async fn put_relation(&self, caller: &Caller, new: &NewRelation) -> Result<Relation, RegistryError> {
        one_of("kind", &new.kind, &RELATION_KINDS)?;
        if !new.buyer_role.is_empty() {
            one_of("buyer_role", &new.buyer_role, &BUYER_ROLES)?;
        }
        if new.position.chars().count() > 200 {
            return Err(RegistryError::invalid(
                "position",
                "must be at most 200 characters",
            ));
        }
        if new
            .since
            .zip(new.until)
            .is_some_and(|(since, until)| until < since)
        {
            return Err(RegistryError::invalid("until", "lies before since"));
        }
        let (from, to) = (
            id("client_id", &new.client_id)?,
            id("other_client_id", &new.other_client_id)?,
        );
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let mut tx = self.begin(caller).await?;
        let roots = store::clients::roots_of(&mut tx, group, &[from, to]).await?;
        let root = |id: &Uuid| roots.get(id).copied().ok_or(RegistryError::NotFound("client"));
        if root(&from)? == root(&to)? {
            return Err(RegistryError::Conflict("the two are one card"));
        }
        let entry = RelationEntry {
            id: Uuid::now_v7(),
            kind: new.kind.clone(),
            from_client_id: from,
            to_client_id: to,
            position: new.position.trim().to_owned(),
            buyer_role: new.buyer_role.clone(),
            since: new.since,
            until: new.until,
            source: "console".to_owned(),
            source_record_id: None,
            by_employee_id: caller.employee_id().to_owned(),
            at: now,
            undone_at: None,
            correction_id: None,
            proposed: false,
            because: String::new(),
            other_record_id: None,
        };
        note(&mut tx, caller, &entry, now).await?;
        self.commit(tx).await?;
        Ok(shown(&entry, &[from]))
    }

    /// Says when a relation ended. It is said anew, so that who said what when can still be told.
    pub async fn end_relation(
        &self,
        caller: &Caller,
        relation_id: &str,
        until: DateTime<Utc>,
    ) -> Result<Relation, RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let relation_id = id("relation_id", relation_id)?;
        let mut tx = self.begin(caller).await?;
        let known = store::relations::undo(&mut tx, group, relation_id, now, caller.employee_id())
            .await?
            .ok_or(RegistryError::NotFound("relation"))?;
        if known.since.is_some_and(|since| until < since) {
            return Err(RegistryError::invalid("until", "lies before since"));
        }
        let entry = RelationEntry {
            id: Uuid::now_v7(),
            until: Some(until),
            source: "console".to_owned(),
            by_employee_id: caller.employee_id().to_owned(),
            at: now,
            undone_at: None,
            ..known
        };
        note(&mut tx, caller, &entry, now).await?;
        self.commit(tx).await?;
        Ok(shown(&entry, &[entry.from_client_id]))
    }

    /// Takes a relation back.
    pub async fn undo_relation(&self, caller: &Caller, relation_id: &str) -> Result<Relation, RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let relation_id = id("relation_id", relation_id)?;
        let mut tx = self.begin(caller).await?;
        let entry = store::relations::undo(&mut tx, group, relation_id, now, caller.employee_id())
            .await?
            .ok_or(RegistryError::NotFound("relation"))?;
        tell(&mut tx, caller, &entry, now).await?;
        self.commit(tx).await?;
        Ok(shown(&entry, &[entry.from_client_id]))
    }
}

/// Stores a relation and tells of it.
pub(super) async fn note(
    connection: &mut PgConnection,
    caller: &Caller,
    entry: &RelationEntry,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    store::relations::insert(connection, caller.group.as_str(), entry).await?;
    tell(connection, caller, entry, now).await
}

/// Both cards changed.
pub(super) async fn tell(
    connection: &mut PgConnection,
    caller: &Caller,
    entry: &RelationEntry,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let what = if entry.undone_at.is_some() {
        "undone"
    } else {
        "added"
    };
    let mut both = [entry.from_client_id, entry.to_client_id];
    // In the order of their ids, so that nobody waits in a ring.
    both.sort_unstable();
    for client_id in both {
        let told = [("relation", entry.kind.clone()), ("what", what.to_owned())];
        let line = facts::own_entry(caller, client_id, "related", entry.id.to_string(), now, &told);
        store::timeline::put(connection, caller.group.as_str(), &line).await?;
        let root = root_of(connection, caller.group.as_str(), client_id).await?;
        facts::changed(connection, caller, root, "relation", now).await?;
    }
    Ok(())
}
