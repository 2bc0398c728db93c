//! Who looks after a client, per department.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use edina_messaging::outbox::Facts;
use edina_proto::registry::v1::{Owner, OwnerChanged};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use tracing::Span;
use uuid::Uuid;

use super::{Registry, RegistryError, facts, id};
use crate::{
    client::{
        card, evidence,
        history::{History, OwnerEntry},
    },
    store::{self, timeline::Entry},
};

/// An owner to be set.
#[derive(Debug, Clone)]
pub struct NewOwner {
    pub client_id: String,
    pub department: String,
    /// Empty takes the owner away.
    pub employee_id: String,
    pub branch_id: String,
    /// Keep a present owner.
    pub only_if_absent: bool,
}

impl Registry {
    /// Sets, changes or takes away an owner; answers the owners now.
    pub async fn assign_owner(&self, caller: &Caller, new: &NewOwner) -> Result<Vec<Owner>, RegistryError> {
        evidence::check_department(&new.department)?;
        if new.employee_id.len() > 100 || new.branch_id.len() > 100 {
            return Err(RegistryError::invalid("employee_id", "must be at most 100 bytes"));
        }
        let client_id = id("client_id", &new.client_id)?;
        let mut tx = self.begin(caller).await?;
        let claim = Claim {
            client_id,
            new,
            record_id: None,
            at: self.clock.now(),
            span: Span::current(),
        };
        let roots = set_owners(&mut tx, caller, &[claim]).await?;
        let root = roots.first().copied().unwrap_or(client_id);
        let mut owners = present(&mut tx, caller.group.as_str(), &[root], BTreeMap::new()).await?;
        self.commit(tx).await?;
        Ok(owners.remove(&root).unwrap_or_default())
    }
}

/// What somebody says about an owner.
pub(crate) struct Claim<'a> {
    pub(crate) client_id: Uuid,
    /// The record of the lead that says so: with it the owner goes to another client who has none. None when a person does.
    pub(crate) record_id: Option<Uuid>,
    pub(crate) new: &'a NewOwner,
    pub(crate) at: DateTime<Utc>,
    /// What follows from it belongs to this trace.
    pub(crate) span: Span,
}

/// Sets, changes or takes away owners of clients in departments, in this order; answers the surviving ids of their cards.
pub(crate) async fn set_owners(
    tx: &mut PgConnection,
    caller: &Caller,
    claims: &[Claim<'_>],
) -> Result<Vec<Uuid>, RegistryError> {
    let Some(latest) = claims.iter().map(|claim| claim.at).max() else {
        return Ok(Vec::new());
    };
    let group = caller.group.as_str();
    let clients: Vec<Uuid> = claims.iter().map(|claim| claim.client_id).collect();
    let root_of = store::clients::roots_of(tx, group, &clients).await?;
    let roots: Vec<Uuid> = clients
        .iter()
        .map(|id| root_of.get(id).copied().ok_or(RegistryError::NotFound("client")))
        .collect::<Result<_, _>>()?;
    // Two assignments at once: the second sees the first.
    let lock = |root: &Uuid| evidence::lock_number(&format!("{group}|owner|{root}"));
    let locks: BTreeSet<i64> = roots.iter().map(lock).collect();
    store::lock(tx, &locks.into_iter().collect::<Vec<_>>()).await?;
    let mut cards = said(tx, group, &roots).await?;

    let (mut entries, mut lines, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for (claim, root) in claims.iter().zip(&roots) {
        let new = claim.new;
        let card = cards.entry(*root).or_default();
        let owners = card.present_owners();
        let present = owners.iter().find(|owner| owner.department == new.department);
        let previous = present.map(|owner| owner.employee_id.clone()).unwrap_or_default();
        let said_by_lead = present.is_some_and(|owner| owner.source_record_id.is_some());
        // What a lead began a person may make his own word.
        let is_same = previous == new.employee_id;
        if is_same && !(said_by_lead && claim.record_id.is_none())
            || (new.only_if_absent && present.is_some())
        {
            continue;
        }
        let entry = OwnerEntry {
            id: Uuid::now_v7(),
            department: new.department.clone(),
            employee_id: new.employee_id.clone(),
            branch_id: new.branch_id.clone(),
            at: claim.at,
            source_record_id: claim.record_id,
        };
        card.owners.push(entry.clone());
        entries.push((claim.client_id, entry.clone()));
        if is_same {
            continue;
        }
        let details = [
            ("employee_id", new.employee_id.clone()),
            ("previous_employee_id", previous.clone()),
        ];
        let ref_id = entry.id.to_string();
        let line = facts::own_entry(
            caller,
            claim.client_id,
            "owner_changed",
            ref_id,
            claim.at,
            &details,
        );
        lines.push(Entry {
            department: new.department.clone(),
            branch_id: new.branch_id.clone(),
            ..line
        });
        changes.push((*root, claim, previous));
    }
    if entries.is_empty() {
        return Ok(roots);
    }
    store::owners::insert_all(tx, group, &entries, caller.employee_id()).await?;
    if changes.is_empty() {
        return Ok(roots);
    }
    store::timeline::put_all(tx, group, &lines).await?;
    let mut times = BTreeMap::new();
    for (root, ..) in &changes {
        *times.entry(*root).or_insert(0) += 1;
    }
    let mut versions = store::clients::touch_all(tx, group, &times).await?;
    let mut told = Facts::default();
    for (root, claim, previous_employee_id) in changes {
        let version = versions.entry(root).or_default();
        *version += 1;
        let fact = OwnerChanged {
            client_id: root.to_string(),
            department: claim.new.department.clone(),
            employee_id: claim.new.employee_id.clone(),
            previous_employee_id,
            version: *version,
        };
        claim.span.in_scope(|| told.say(&caller.group, &fact));
    }
    told.store(tx, &caller.group, latest).await?;
    Ok(roots)
}

/// What was said of the owners of the cards with these roots; cards of which nothing was said are left out.
async fn said(
    connection: &mut PgConnection,
    group: &str,
    roots: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, History>> {
    let cards = store::owners::of_cards(connection, group, roots).await?;
    Ok(cards
        .into_iter()
        .map(|(root, owners)| (root, history(owners)))
        .collect())
}

/// The owners now of the cards with these roots, of some of which is known what was said; cards that never had one are left
/// out.
pub(super) async fn present(
    connection: &mut PgConnection,
    group: &str,
    roots: &[Uuid],
    mut known: BTreeMap<Uuid, Vec<OwnerEntry>>,
) -> sqlx::Result<BTreeMap<Uuid, Vec<Owner>>> {
    let others: Vec<Uuid> = roots
        .iter()
        .copied()
        .filter(|root| !known.contains_key(root))
        .collect();
    known.retain(|root, entries| roots.contains(root) && !entries.is_empty());
    known.extend(store::owners::of_cards(connection, group, &others).await?);
    Ok(known
        .into_iter()
        .map(|(root, entries)| {
            let history = history(entries);
            let owners = history.present_owners().into_iter().map(card::owner);
            (root, owners.collect())
        })
        .collect())
}

fn history(owners: Vec<OwnerEntry>) -> History {
    History {
        owners,
        ..History::default()
    }
}
