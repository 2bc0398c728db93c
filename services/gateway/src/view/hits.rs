//! Search hits written straight to JSON: they are asked for with every key that is pressed. A test holds them against
//! [`hit`](super::hit), which makes the same for templates.

use edina_proto::{
    common::v1::VehicleDescription,
    registry::v1::{ClientSummary, CompanyPerson, Owner, SearchHit},
};
use serde::Serialize;

use super::rfc3339;

/// The answer to a search.
#[derive(Debug, Serialize)]
pub struct Hits<'a> {
    clients: Vec<Hit<'a>>,
}

#[derive(Debug, Serialize)]
struct Hit<'a> {
    #[serde(flatten)]
    client: Option<Client<'a>>,
    matched_by: &'a str,
    matched_value: &'a str,
    former_vehicle: bool,
    person: Option<Person<'a>>,
}

#[derive(Debug, Serialize)]
struct Person<'a> {
    client_id: &'a str,
    company: &'a str,
    name: &'a str,
    position: &'a str,
}

#[derive(Debug, Serialize)]
struct Client<'a> {
    client_id: &'a str,
    display_name: &'a str,
    kind: &'a str,
    phone: &'a str,
    email: &'a str,
    vehicles: Vec<Vehicle<'a>>,
    owners: Vec<OwnerOf<'a>>,
    last_activity_at: Option<String>,
    liquidated: bool,
    marks: &'a [String],
}

#[derive(Debug, Serialize)]
struct Vehicle<'a> {
    vin: &'a str,
    plate: &'a str,
    make: &'a str,
    model: &'a str,
    year: i32,
    mileage_km: i32,
    role: &'a str,
    condition: &'a str,
}

#[derive(Debug, Serialize)]
struct OwnerOf<'a> {
    department: &'a str,
    employee_id: &'a str,
    branch_id: &'a str,
    since: Option<String>,
}

impl<'a> Hits<'a> {
    /// Of these hits, in their order.
    pub fn of(hits: &'a [SearchHit]) -> Self {
        let hit = |hit: &'a SearchHit| Hit {
            client: hit.client.as_ref().map(client),
            matched_by: &hit.matched_by,
            matched_value: &hit.matched_value,
            former_vehicle: hit.former_vehicle,
            person: hit.person.as_ref().map(person),
        };
        Self {
            clients: hits.iter().map(hit).collect(),
        }
    }
}

fn client(client: &ClientSummary) -> Client<'_> {
    Client {
        client_id: &client.client_id,
        display_name: &client.display_name,
        kind: &client.kind,
        phone: &client.phone,
        email: &client.email,
        vehicles: client.vehicles.iter().map(vehicle).collect(),
        owners: client.owners.iter().map(owner).collect(),
        last_activity_at: instant(client.last_activity_at.as_ref()),
        liquidated: client.liquidated,
        marks: &client.marks,
    }
}

fn person(person: &CompanyPerson) -> Person<'_> {
    Person {
        client_id: &person.client_id,
        company: &person.company,
        name: &person.name,
        position: &person.position,
    }
}

fn vehicle(vehicle: &VehicleDescription) -> Vehicle<'_> {
    Vehicle {
        vin: &vehicle.vin,
        plate: &vehicle.plate,
        make: &vehicle.make,
        model: &vehicle.model,
        year: vehicle.year,
        mileage_km: vehicle.mileage_km,
        role: &vehicle.role,
        condition: &vehicle.condition,
    }
}

fn owner(owner: &Owner) -> OwnerOf<'_> {
    OwnerOf {
        department: &owner.department,
        employee_id: &owner.employee_id,
        branch_id: &owner.branch_id,
        since: instant(owner.since.as_ref()),
    }
}

fn instant(at: Option<&prost_types::Timestamp>) -> Option<String> {
    at.and_then(edina_proto::time::from_proto).map(rfc3339)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hits_are_written_as_templates_see_them() {
        let at = Some(prost_types::Timestamp {
            seconds: 1_800_000_000,
            nanos: 5_000_000,
        });
        let client = ClientSummary {
            client_id: "c".to_owned(),
            display_name: "Петров \"П\"".to_owned(),
            kind: "person".to_owned(),
            phone: "+79161234567".to_owned(),
            vehicles: vec![VehicleDescription {
                vin: "XW7".to_owned(),
                year: 2024,
                mileage_km: 5,
                ..VehicleDescription::default()
            }],
            owners: vec![Owner {
                department: "sales".to_owned(),
                since: at,
                ..Owner::default()
            }],
            last_activity_at: at,
            ..ClientSummary::default()
        };
        let without_dates = ClientSummary {
            owners: vec![Owner::default()],
            last_activity_at: None,
            ..client.clone()
        };
        let hits = [Some(client), Some(without_dates), None].map(|client| SearchHit {
            client,
            matched_by: "name".to_owned(),
            matched_value: "Петров".to_owned(),
            former_vehicle: true,
            person: Some(CompanyPerson {
                name: "Зуева".to_owned(),
                position: "директор".to_owned(),
                ..CompanyPerson::default()
            }),
        });
        let written = serde_json::to_value(Hits::of(&hits)).unwrap();
        let seen: Vec<_> = hits.iter().map(super::super::hit).collect();
        assert_eq!(written, json!({ "clients": seen }));
    }
}
