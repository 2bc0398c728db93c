//! What a record says its client is to vehicles; and when that makes a vehicle change hands.

use chrono::{DateTime, Utc};
use edina_proto::registry::v1::VehicleChangedHands;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts};
use crate::{
    client::{evidence, history::Statement, ownership},
    store::{self, records::NewRecord},
};

impl Registry {
    /// Notes roles; says so when a vehicle has another owner than before.
    pub(super) async fn state_vehicles(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        record: &NewRecord<'_>,
        vehicles: &[evidence::VehicleRead],
        now: DateTime<Utc>,
    ) -> Result<(), RegistryError> {
        let group = caller.group.as_str();
        for vehicle in vehicles {
            if vehicle.is_own() {
                let statement = Statement {
                    vehicle_id: Uuid::now_v7(),
                    source_record_id: record.id,
                    root_id: record.client_id,
                    role: vehicle.role.clone(),
                    at: record.occurred_at,
                };
                let (key, client_id) = (&vehicle.key, record.client_id);
                store::vehicles::state_new(connection, group, key, client_id, &statement, now).await?;
                continue;
            }
            let vehicle_id = store::vehicles::ensure(connection, group, &vehicle.key, now).await?;
            let owner_before = ownership::present_owner(
                &store::vehicles::statements(connection, group, vehicle_id).await?,
                vehicle_id,
            );
            let statement = Statement {
                vehicle_id,
                source_record_id: record.id,
                root_id: record.client_id,
                role: vehicle.role.clone(),
                at: record.occurred_at,
            };
            store::vehicles::state(connection, group, record.client_id, &statement).await?;
            let owner_now = ownership::present_owner(
                &store::vehicles::statements(connection, group, vehicle_id).await?,
                vehicle_id,
            );
            if let (Some(from), Some(to)) = (owner_before, owner_now)
                && from != to
            {
                let fact = VehicleChangedHands {
                    vehicle_id: vehicle_id.to_string(),
                    from_client_id: from.to_string(),
                    to_client_id: to.to_string(),
                };
                facts::say(connection, caller, &fact, now).await?;
            }
        }
        Ok(())
    }
}
