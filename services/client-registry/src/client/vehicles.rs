//! Vehicles of a card: described by all that was said of them, with the client's dated roles.

use std::collections::{BTreeMap, BTreeSet};

use edina_proto::{
    common::v1::VehicleDescription,
    registry::v1::{Card, Datum, Hint, VehiclePart, VehicleRole, VehicleRoute},
    time::to_proto,
};
use uuid::Uuid;

use super::{
    evidence::{self, VehicleRead},
    history::{History, Record},
    ownership,
    survivorship::{Claim, datum, past},
};

/// The roles of the card with this root, present ones first.
pub fn vehicles(history: &History, root: Uuid, vehicle_ids: &BTreeMap<String, Uuid>) -> Vec<VehicleRole> {
    let mut described: BTreeMap<Uuid, VehicleDescription> = BTreeMap::new();
    let mut by_time: Vec<&Record> = history.records.iter().collect();
    by_time.sort_by_key(|record| (record.occurred_at, record.id));
    let read: Vec<(&Record, VehicleRead)> = by_time
        .iter()
        .flat_map(|record| {
            evidence::vehicles(&record.said, record.id)
                .into_iter()
                .map(move |vehicle| (*record, vehicle))
        })
        .collect();
    for (_, vehicle) in &read {
        if let Some(id) = vehicle_ids.get(&vehicle.key) {
            enrich(described.entry(*id).or_default(), &vehicle.description);
        }
    }
    let sources: BTreeMap<Uuid, &str> = history
        .records
        .iter()
        .map(|record| (record.id, record.said.source.as_str()))
        .collect();
    // A car first known by its plate alone is the one whose VIN came later with the same plate.
    let with_vin: BTreeSet<&str> = read
        .iter()
        .filter(|(_, vehicle)| !vehicle.vin.is_empty())
        .map(|(_, vehicle)| vehicle.plate.as_str())
        .collect();
    let covered: BTreeSet<Uuid> = read
        .iter()
        .filter(|(_, vehicle)| {
            vehicle.vin.is_empty() && !vehicle.plate.is_empty() && with_vin.contains(vehicle.plate.as_str())
        })
        .filter_map(|(_, vehicle)| vehicle_ids.get(&vehicle.key).copied())
        .collect();
    let all = ownership::spans(&history.statements);
    let mut roles: Vec<_> = all
        .iter()
        .filter(|span| span.root_id == root && !covered.contains(&span.vehicle_id))
        .cloned()
        .collect();
    roles.sort_by_key(|span| {
        (
            span.to.is_some(),
            span.role != "owner",
            std::cmp::Reverse((span.from, span.vehicle_id)),
        )
    });
    roles
        .into_iter()
        .map(|span| (routes_of(&all, &span), span))
        .map(|(routes, span)| VehicleRole {
            vehicle_id: span.vehicle_id.to_string(),
            vehicle: described.get(&span.vehicle_id).map(|vehicle| VehicleDescription {
                role: span.role.clone(),
                ..vehicle.clone()
            }),
            // Said of the role it follows from, once.
            receives: routes
                .iter()
                .filter(|route| route.role == span.role && route.client_id == root.to_string())
                .map(|route| route.what.clone())
                .collect(),
            routes,
            role: span.role,
            from: Some(to_proto(span.from)),
            to: span.to.map(to_proto),
            source: sources
                .get(&span.source_record_id)
                .map(|source| (*source).to_owned())
                .unwrap_or_default(),
            ..VehicleRole::default()
        })
        .collect()
}

fn routes_of(all: &[ownership::Span], span: &ownership::Span) -> Vec<VehicleRoute> {
    match span.to {
        None => ownership::routes(all, span.vehicle_id),
        Some(_) => Vec::new(),
    }
}

/// Where each part of the vehicles' descriptions comes from, and what it was before: plates change.
pub fn tell_sources(card: &mut Card, history: &History, vehicle_ids: &BTreeMap<String, Uuid>) {
    let mut claims: BTreeMap<(String, &str), Vec<Claim>> = BTreeMap::new();
    for record in &history.records {
        for vehicle in evidence::vehicles(&record.said, record.id) {
            let Some(id) = vehicle_ids.get(&vehicle.key) else {
                continue;
            };
            for (name, value) in parts(&vehicle.description) {
                let claim = Claim::of_contact(record, value, "");
                claims.entry((id.to_string(), name)).or_default().push(claim);
            }
        }
    }
    for role in &mut card.vehicles {
        let Some(shown) = &role.vehicle else { continue };
        for (name, value) in parts(shown) {
            let Some(claims) = claims.get(&(role.vehicle_id.clone(), name)) else {
                continue;
            };
            let same = claims.iter().filter(|claim| claim.value == value);
            if let Some(best) = same.max_by(|a, b| a.rank().cmp(&b.rank())) {
                let datum = Datum {
                    earlier: past(claims, &value),
                    ..datum(best, claims)
                };
                role.parts.push(VehiclePart {
                    name: name.to_owned(),
                    datum: Some(datum),
                });
            }
        }
    }
}

/// What is said of a vehicle, part by part.
fn parts(vehicle: &VehicleDescription) -> impl Iterator<Item = (&'static str, String)> {
    let number = |number: i32| {
        if number == 0 {
            String::new()
        } else {
            number.to_string()
        }
    };
    [
        ("vin", vehicle.vin.clone()),
        ("plate", vehicle.plate.clone()),
        ("make", vehicle.make.clone()),
        ("model", vehicle.model.clone()),
        ("year", number(vehicle.year)),
        ("mileage_km", number(vehicle.mileage_km)),
        ("condition", vehicle.condition.clone()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
}

/// A correction of this field says that a former owner was asked about a vehicle.
pub const ASKED: &str = "asked_vehicle";

/// What the card makes one ask: whose car went to somebody else, and who is known to drive nothing since, drives what now?
pub fn hints(history: &History, card: &Card) -> Vec<Hint> {
    let owned = || card.vehicles.iter().filter(|role| role.role == "owner");
    let seconds = |at: &Option<prost_types::Timestamp>| at.as_ref().map_or(0, |at| at.seconds);
    let Some(sold) = owned()
        .filter(|role| role.to.is_some())
        .max_by_key(|role| seconds(&role.to))
    else {
        return Vec::new();
    };
    let drives = card
        .vehicles
        .iter()
        .any(|role| role.to.is_none() && matches!(role.role.as_str(), "owner" | "driver" | ownership::USES));
    let asked = history
        .corrections
        .iter()
        .any(|correction| correction.field == ASKED && correction.value == sold.vehicle_id);
    if drives || asked {
        return Vec::new();
    }
    vec![Hint {
        kind: "what_do_you_drive_now".to_owned(),
        at: sold.to,
        vehicle_id: sold.vehicle_id.clone(),
        vehicle: sold.vehicle.clone(),
    }]
}

/// Newer words win; silence does not erase.
fn enrich(known: &mut VehicleDescription, newer: &VehicleDescription) {
    for (old, new) in [
        (&mut known.vin, &newer.vin),
        (&mut known.plate, &newer.plate),
        (&mut known.make, &newer.make),
        (&mut known.model, &newer.model),
        (&mut known.condition, &newer.condition),
    ] {
        if !new.is_empty() {
            old.clone_from(new);
        }
    }
    if newer.year != 0 {
        known.year = newer.year;
    }
    known.mileage_km = known.mileage_km.max(newer.mileage_km);
}
