//! Whom what concerns a vehicle goes to, and what people say about that.
//!
//! What a person says is a record of the console like any other, dated when it holds; an end is a record of its own.

use chrono::{DateTime, Utc};
use edina_identity::normalise::{plate, vin};
use edina_proto::registry::v1::VehicleRouting;
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{
    Registry, RegistryError, id,
    resolve::{ROLE_SAID, Reading},
    root_of,
};
use crate::{
    client::{
        evidence::one_of,
        ownership,
        record::{Said, VehicleSaid},
    },
    store,
};

/// What a person may say somebody is to a vehicle.
const SAID: [&str; 3] = ["owner", "driver", "payer"];

/// A role to be noted.
#[derive(Debug)]
pub struct NewRole {
    pub client_id: String,
    pub vehicle_id: String,
    pub role: String,
    /// None: only its end is said.
    pub from: Option<DateTime<Utc>>,
    /// None: it lasts.
    pub until: Option<DateTime<Utc>>,
}

/// By what a vehicle is asked for; the first that is not empty counts.
#[derive(Debug)]
pub struct Which<'a> {
    pub vehicle_id: &'a str,
    pub vin: &'a str,
    pub plate: &'a str,
}

impl Registry {
    /// Notes what a client is to a vehicle; answers the records of it.
    pub async fn set_vehicle_role(&self, caller: &Caller, new: &NewRole) -> Result<Vec<Uuid>, RegistryError> {
        one_of("role", &new.role, &SAID)?;
        let now = self.clock.now();
        if new.from.is_none() && new.until.is_none() {
            return Err(RegistryError::invalid(
                "from",
                "is missing: since when, or until when",
            ));
        }
        if new.from.zip(new.until).is_some_and(|(from, until)| until < from) {
            return Err(RegistryError::invalid("until", "lies before from"));
        }
        for (field, at) in [("from", new.from), ("until", new.until)] {
            if at.is_some_and(|at| at > now) {
                return Err(RegistryError::invalid(field, "lies in the future"));
            }
        }
        let client_id = id("client_id", &new.client_id)?;
        let vehicle_id = id("vehicle_id", &new.vehicle_id)?;
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        root_of(&mut tx, group, client_id).await?;
        let key = store::vehicles::key_of(&mut tx, group, vehicle_id)
            .await?
            .ok_or(RegistryError::NotFound("vehicle"))?;
        tx.rollback().await?;
        let mut vehicle = VehicleSaid::default();
        match key.split_once(':') {
            Some(("vin", vin)) => vin.clone_into(&mut vehicle.vin),
            Some(("plate", plate)) => plate.clone_into(&mut vehicle.plate),
            _ => return Err(RegistryError::Conflict("the vehicle has neither VIN nor plate")),
        }
        let begins = new.from.map(|at| (at, new.role.clone()));
        let ends = new.until.map(|at| (at, format!("former_{}", new.role)));
        let said: Vec<Said> = begins
            .into_iter()
            .chain(ends)
            .map(|(at, role)| Said {
                source: "console".to_owned(),
                external_id: format!("{ROLE_SAID}{}", Uuid::now_v7()),
                kind: "contact".to_owned(),
                occurred_at: Some(at),
                vehicles: vec![VehicleSaid {
                    role,
                    ..vehicle.clone()
                }],
                extra: [("employee_id".to_owned(), caller.employee_id().to_owned())].into(),
                ..Said::default()
            })
            .collect();
        let home = self.home_of(caller);
        let readings = said
            .iter()
            .map(|said| Reading::of(said, Some(client_id), now, &home))
            .collect::<Result<Vec<_>, _>>()?;
        let resolved = self.resolve_readings(caller, &readings).await?;
        Ok(resolved.into_iter().map(|one| one.source_record_id).collect())
    }

    /// Whom an invoice, a reminder and a recall about this vehicle go to.
    pub async fn route_vehicle(
        &self,
        caller: &Caller,
        which: &Which<'_>,
    ) -> Result<VehicleRouting, RegistryError> {
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let vehicle_id = if which.vehicle_id.is_empty() {
            let key = key(which)?;
            let found = store::vehicles::ids(&mut tx, group, std::slice::from_ref(&key)).await?;
            found.get(&key).copied()
        } else {
            let asked = id("vehicle_id", which.vehicle_id)?;
            let known = store::vehicles::key_of(&mut tx, group, asked).await?;
            known.map(|_| asked)
        };
        let vehicle_id = vehicle_id.ok_or(RegistryError::NotFound("vehicle"))?;
        let statements = store::vehicles::statements(&mut tx, group, &[vehicle_id]).await?;
        tx.rollback().await?;
        let mut routes = ownership::routes(&ownership::spans(&statements), vehicle_id);
        let ids: Vec<String> = routes.iter().map(|route| route.client_id.clone()).collect();
        let names = self.summaries(caller, &ids).await?;
        for route in &mut routes {
            if let Some(client) = names.get(&route.client_id) {
                route.display_name.clone_from(&client.display_name);
            }
        }
        Ok(VehicleRouting {
            vehicle_id: vehicle_id.to_string(),
            routes,
        })
    }
}

fn key(which: &Which<'_>) -> Result<String, RegistryError> {
    if !which.vin.is_empty() {
        let vin = vin::normalise(which.vin).ok().filter(|vin| !vin.partial);
        return vin
            .map(|vin| format!("vin:{}", vin.value))
            .ok_or_else(|| RegistryError::invalid("vin", "is no whole VIN"));
    }
    let plate = plate::normalise(which.plate).map_err(|_| RegistryError::invalid("plate", "is no plate"))?;
    Ok(format!("plate:{}", plate.value))
}
