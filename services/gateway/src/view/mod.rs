//! What other services answer, as JSON: sent by the API as it is, rendered by the console.
//!
//! Instants are RFC 3339 or null; amounts are minor units with a currency; unknown texts are empty.

mod call;
mod client;
mod consent;
mod hits;
mod identity;
mod intake;
mod message;
mod timeline;

pub use call::{call, connection as pbx_connection, task};
pub use client::{card, company_person, contact_to_confirm, hit, relation, review, summary, vehicle_routing};
pub use consent::{consent, consent_word};
pub use hits::Hits;
pub use identity::{explanation, model as identity_model, moved, placed, settings as identity_settings};
pub use intake::{input, lead, source};
pub use message::{connection as provider_connection, message, sandbox};
pub use timeline::entry;

use chrono::{DateTime, SecondsFormat, Utc};
use edina_proto::common::v1::{Money, VehicleDescription};
use prost_types::Timestamp;
use serde_json::{Value, json};

/// An instant; null when unset.
pub fn instant(at: Option<&Timestamp>) -> Value {
    at.and_then(edina_proto::time::from_proto)
        .map_or(Value::Null, |at| Value::String(rfc3339(at)))
}

/// RFC 3339 with milliseconds, UTC.
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn money(amount: Option<&Money>) -> Value {
    amount.map_or(
        Value::Null,
        |amount| json!({ "minor": amount.minor, "currency": amount.currency }),
    )
}

fn vehicle(vehicle: &VehicleDescription) -> Value {
    json!({
        "vin": vehicle.vin, "plate": vehicle.plate, "make": vehicle.make, "model": vehicle.model,
        "year": vehicle.year, "mileage_km": vehicle.mileage_km, "role": vehicle.role,
        "condition": vehicle.condition,
    })
}

fn list<T>(items: &[T], view: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(view).collect())
}
