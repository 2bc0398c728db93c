//! What records say their clients are to vehicles; and when that makes a vehicle change hands.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use edina_messaging::outbox::Facts;
use edina_proto::registry::v1::VehicleChangedHands;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::RegistryError;
use crate::{
    client::{evidence::VehicleRead, history::Statement, ownership},
    store::{self, records::NewRecord, vehicles::Spoken},
};

/// Records with what they say of vehicles.
pub(super) struct Stated<'a> {
    pub(super) records: &'a [NewRecord<'a>],
    /// Those of each record.
    pub(super) vehicles: &'a [&'a [VehicleRead]],
    /// Surviving ids of the records' clients.
    pub(super) roots: &'a BTreeMap<Uuid, Uuid>,
}

/// What records say clients are to vehicles, to be stored; says so when a vehicle has another owner than before. What was said
/// of the vehicles is read unless it was.
pub(super) async fn state_vehicles(
    connection: &mut PgConnection,
    caller: &Caller,
    stated: &Stated<'_>,
    spoken: Option<Spoken>,
    now: DateTime<Utc>,
    said: &mut Facts,
) -> Result<Vec<(Uuid, Statement)>, RegistryError> {
    let Stated {
        records,
        vehicles,
        roots,
    } = *stated;
    let group = caller.group.as_str();
    let all = || vehicles.iter().copied().flatten();
    let wanted: BTreeSet<String> = all().map(|vehicle| vehicle.key.clone()).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<String> = wanted.into_iter().collect();
    let Spoken {
        known,
        mut statements,
    } = store::vehicles::ensure(connection, group, &wanted, spoken, now).await?;
    let shared: BTreeSet<Uuid> = all()
        .filter(|vehicle| !vehicle.is_own())
        .filter_map(|vehicle| known.get(&vehicle.key))
        .copied()
        .collect();
    let before = ownership::present_owners(&statements);
    let mut new: Vec<(Uuid, Statement)> = Vec::new();
    for (record, vehicles) in records.iter().zip(vehicles) {
        for vehicle in vehicles.iter() {
            let Some(vehicle_id) = known.get(&vehicle.key) else {
                continue;
            };
            let statement = Statement {
                vehicle_id: *vehicle_id,
                source_record_id: record.id,
                root_id: roots.get(&record.client_id).copied().unwrap_or(record.client_id),
                role: vehicle.role.clone(),
                at: record.occurred_at,
                family: Some(vehicle.family.clone()),
            };
            new.push((record.client_id, statement));
        }
    }
    statements.extend(new.iter().map(|(_, statement)| statement.clone()));
    let after = ownership::present_owners(&statements);
    for id in shared {
        if let (Some(from), Some(to)) = (before.get(&id), after.get(&id))
            && from != to
        {
            let fact = VehicleChangedHands {
                vehicle_id: id.to_string(),
                from_client_id: from.to_string(),
                to_client_id: to.to_string(),
            };
            said.say(&caller.group, &fact);
        }
    }
    Ok(new)
}
