//! Who looks after a client, per department.

use chrono::{DateTime, Utc};
use edina_proto::registry::v1::{Owner, OwnerChanged};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts, id, resolve};
use crate::{
    client::{evidence, history::OwnerEntry},
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
        let root = set_owner(&mut tx, caller, client_id, new, self.clock.now()).await?;
        let owners = resolve::present_owners(&mut tx, caller.group.as_str(), root).await?;
        self.commit(tx).await?;
        Ok(owners)
    }
}

/// Sets, changes or takes away the owner of a client in a department; answers the surviving id of the card.
pub(crate) async fn set_owner(
    tx: &mut PgConnection,
    caller: &Caller,
    client_id: Uuid,
    new: &NewOwner,
    now: DateTime<Utc>,
) -> Result<Uuid, RegistryError> {
    let group = caller.group.as_str();
    let root = store::clients::root_of(tx, group, client_id)
        .await?
        .ok_or(RegistryError::NotFound("client"))?;
    // Two assignments at once: the second sees the first.
    store::lock(tx, &[evidence::lock_number(&format!("{group}|owner|{root}"))]).await?;
    let owners = resolve::present_owners(tx, group, root).await?;
    let present = owners.iter().find(|owner| owner.department == new.department);
    let previous = present.map(|owner| owner.employee_id.clone()).unwrap_or_default();
    if previous == new.employee_id || (new.only_if_absent && present.is_some()) {
        return Ok(root);
    }
    let entry = OwnerEntry {
        id: Uuid::now_v7(),
        department: new.department.clone(),
        employee_id: new.employee_id.clone(),
        branch_id: new.branch_id.clone(),
        at: now,
    };
    store::owners::insert(tx, group, client_id, &entry, caller.employee_id()).await?;
    let told = [
        ("employee_id", new.employee_id.clone()),
        ("previous_employee_id", previous.clone()),
    ];
    let line = facts::own_entry(
        caller,
        client_id,
        "owner_changed",
        entry.id.to_string(),
        now,
        &told,
    );
    let line = Entry {
        department: new.department.clone(),
        branch_id: new.branch_id.clone(),
        ..line
    };
    store::timeline::put(tx, group, &line).await?;
    let version = store::clients::touch(tx, group, root).await?;
    let fact = OwnerChanged {
        client_id: root.to_string(),
        department: new.department.clone(),
        employee_id: new.employee_id.clone(),
        previous_employee_id: previous,
        version,
    };
    facts::say(tx, caller, &fact, now).await?;
    Ok(root)
}
