//! Merging links two clients; undoing takes the link away. Nothing else is written, so an unmerge is exact.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_messaging::outbox::Facts;
use edina_proto::registry::v1::{ClientMerged, ClientSplit};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts, id, moves};
use crate::{
    client::{component, evidence},
    store::{
        self,
        merges::{Cause, Link},
        timeline::Entry,
        verdicts::Saying,
    },
};

/// Longest reason, bytes.
const LONGEST_REASON: usize = 1_000;

impl Registry {
    /// Makes one card of two. Answers the merge and the surviving id.
    pub async fn merge(
        &self,
        caller: &Caller,
        client_id: &str,
        other_client_id: &str,
        reason: &str,
    ) -> Result<(Uuid, Uuid), RegistryError> {
        let (one, other) = (
            id("client_id", client_id)?,
            id("other_client_id", other_client_id)?,
        );
        if reason.len() > LONGEST_REASON {
            return Err(RegistryError::invalid(
                "reason",
                format!("must be at most {LONGEST_REASON} bytes"),
            ));
        }
        let mut tx = self.begin(caller).await?;
        let merged = link(&mut tx, caller, (one, other), reason, self.clock.now()).await?;
        self.commit(tx).await?;
        Ok(merged)
    }

    /// Takes a merge back, in any order. Answers the surviving ids of the two sides.
    pub async fn undo_merge(&self, caller: &Caller, merge_id: &str) -> Result<(Uuid, Uuid), RegistryError> {
        let merge_id = id("merge_id", merge_id)?;
        let mut tx = self.begin(caller).await?;
        let sides = unlink(&mut tx, caller, merge_id, self.clock.now()).await?;
        self.commit(tx).await?;
        Ok(sides)
    }
}

/// The lock that those who join cards or take them apart hold: components are computed from links. To be taken before any
/// row is locked, for its holder may come to any row.
pub(super) fn turn(group: &str) -> i64 {
    evidence::lock_number(&format!("{group}|merge"))
}

/// Waits for the [`turn`].
pub(super) async fn one_at_a_time(connection: &mut PgConnection, group: &str) -> Result<(), RegistryError> {
    store::lock(connection, &[turn(group)]).await?;
    Ok(())
}

/// Links two clients as a person wants; answers the link and the surviving id.
pub(super) async fn link(
    connection: &mut PgConnection,
    caller: &Caller,
    (one, other): (Uuid, Uuid),
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(Uuid, Uuid), RegistryError> {
    one_at_a_time(connection, caller.group.as_str()).await?;
    join(connection, caller, (one, other), reason, None, now).await
}

/// Links two clients as the engine found. The caller holds the turn.
pub(super) async fn link_by_engine(
    connection: &mut PgConnection,
    engine: &Caller,
    (one, other): (Uuid, Uuid),
    cause: &Cause<'_>,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    match join(connection, engine, (one, other), "", Some(cause), now).await {
        // Records of one transaction may show the same twice.
        Ok(_) | Err(RegistryError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn join(
    connection: &mut PgConnection,
    caller: &Caller,
    (one, other): (Uuid, Uuid),
    reason: &str,
    cause: Option<&Cause<'_>>,
    now: DateTime<Utc>,
) -> Result<(Uuid, Uuid), RegistryError> {
    let group = caller.group.as_str();
    let roots = store::clients::roots_of(connection, group, &[one, other]).await?;
    let root = |id: &Uuid| roots.get(id).copied().ok_or(RegistryError::NotFound("client"));
    let (root_one, root_other) = (root(&one)?, root(&other)?);
    if root_one == root_other {
        return Err(RegistryError::Conflict("the two are one card already"));
    }
    let families = store::clients::families(connection, group, &[root_one, root_other]).await?;
    let side = |root: Uuid| -> Vec<Uuid> {
        let of = families.iter().filter(|(_, of)| **of == root);
        of.map(|(client, _)| *client).collect()
    };
    let (side_one, side_other) = (side(root_one), side(root_other));
    let merge_id = Uuid::now_v7();
    if cause.is_none() {
        // That a person took the engine's merge back does not bind him: here he says otherwise.
        store::verdicts::lift_unmerged(connection, group, (&side_one, &side_other), merge_id, now).await?;
    }
    if store::verdicts::are_separate(connection, group, &side_one, &side_other).await? {
        return Err(RegistryError::Conflict(
            "somebody decided that these are different persons; undo that first",
        ));
    }
    let (kept_id, absorbed_id) = if root_one < root_other {
        (one, other)
    } else {
        (other, one)
    };
    let link = Link {
        id: merge_id,
        kept_id,
        absorbed_id,
        at: now,
        by_employee_id: caller.employee_id().to_owned(),
        reason: reason.to_owned(),
        undone_at: None,
    };
    store::merges::insert(connection, group, &link, cause).await?;
    let (surviving, absorbed) = (root_one.min(root_other), root_one.max(root_other));
    let redirected = side(absorbed);
    // Either side hangs together by its own links, and now both do by this one: the older root is the root of all.
    store::clients::set_root(connection, group, surviving, &redirected).await?;
    note(connection, caller, "merge", &link, now).await?;
    let both = BTreeMap::from([(surviving, 1), (absorbed, 1)]);
    let before = store::clients::touch_all(connection, group, &both).await?;
    let version = before.get(&surviving).copied().unwrap_or_default() + 1;
    let fact = ClientMerged {
        client_id: surviving.to_string(),
        absorbed_client_id: absorbed.to_string(),
        merge_id: link.id.to_string(),
        actor_employee_id: caller.employee_id().to_owned(),
        version,
    };
    let mut said = Facts::default();
    said.say(&caller.group, &fact);
    moves::regrouped(connection, caller, &redirected, absorbed, &mut said).await?;
    said.store(connection, &caller.group, now).await?;
    Ok((link.id, surviving))
}

/// Takes a link away; answers the surviving ids of its two sides.
pub(super) async fn unlink(
    connection: &mut PgConnection,
    caller: &Caller,
    merge_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(Uuid, Uuid), RegistryError> {
    let group = caller.group.as_str();
    one_at_a_time(connection, group).await?;
    let link = store::merges::find(connection, group, merge_id)
        .await?
        .ok_or(RegistryError::NotFound("merge"))?;
    if link.undone_at.is_some()
        || !store::merges::undo(connection, group, merge_id, now, caller.employee_id()).await?
    {
        return Err(RegistryError::Conflict("this merge was undone before"));
    }
    if link.by_employee_id.is_empty() && !caller.employee_id().is_empty() {
        // What a person takes back the engine would find again.
        let said = Saying {
            cause_id: merge_id,
            at: now,
            by_employee_id: caller.employee_id(),
        };
        store::verdicts::separate(connection, group, (link.kept_id, link.absorbed_id), &said).await?;
    }
    store::verdicts::say_again(connection, group, merge_id).await?;
    let before = store::clients::root_of(connection, group, link.kept_id)
        .await?
        .ok_or(RegistryError::NotFound("client"))?;
    let members = store::clients::members(connection, group, &[before]).await?;
    regroup(connection, group, &members).await?;
    let stayed = store::clients::members(connection, group, &[before]).await?;
    let parted: Vec<Uuid> = members
        .into_iter()
        .filter(|member| stayed.binary_search(member).is_err())
        .collect();
    let roots = store::clients::roots_of(connection, group, &[link.kept_id, link.absorbed_id]).await?;
    let root = |id: &Uuid| roots.get(id).copied().ok_or(RegistryError::NotFound("client"));
    let (kept, restored) = (root(&link.kept_id)?, root(&link.absorbed_id)?);
    note(connection, caller, "unmerge", &link, now).await?;
    let version = store::clients::touch(connection, group, kept).await?;
    if restored != kept {
        store::clients::touch(connection, group, restored).await?;
    }
    let fact = ClientSplit {
        client_id: kept.to_string(),
        restored_client_id: restored.to_string(),
        merge_id: merge_id.to_string(),
        actor_employee_id: caller.employee_id().to_owned(),
        version,
    };
    let mut said = Facts::default();
    said.say(&caller.group, &fact);
    moves::regrouped(connection, caller, &parted, before, &mut said).await?;
    said.store(connection, &caller.group, now).await?;
    Ok((kept, restored))
}

/// Computes the roots of these clients anew from the active links.
async fn regroup(connection: &mut PgConnection, group: &str, members: &[Uuid]) -> Result<(), RegistryError> {
    let links = store::merges::active(connection, group, members).await?;
    let edges: Vec<(Uuid, Uuid)> = links
        .iter()
        .map(|link| (link.kept_id, link.absorbed_id))
        .collect();
    let mut by_root: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (member, root) in component::roots(members, &edges) {
        by_root.entry(root).or_default().push(member);
    }
    for (root, members) in by_root {
        store::clients::set_root(connection, group, root, &members).await?;
    }
    Ok(())
}

async fn note(
    connection: &mut PgConnection,
    caller: &Caller,
    kind: &str,
    link: &Link,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let told = [
        ("client_id", link.kept_id.to_string()),
        ("other_client_id", link.absorbed_id.to_string()),
    ];
    let entry = facts::own_entry(caller, link.kept_id, kind, link.id.to_string(), now, &told);
    let entry = Entry {
        other_client_id: Some(link.absorbed_id),
        ..entry
    };
    store::timeline::put(connection, caller.group.as_str(), &entry).await?;
    Ok(())
}
