//! Company, vehicle, money and consents within a record.

use edina_proto::{
    common::v1::{Money, VehicleDescription},
    registry::v1::{Company, ConsentStatement},
    time::to_proto,
    words::{CONSENT_CHANNELS, CONSENT_PURPOSES, CONSENT_SOURCES, VEHICLE_ROLES},
};
use serde_json::{Map, Value};

use super::fields::Fields;
use crate::http::problem::FieldError;

pub(super) fn company(object: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Company {
    let mut fields = Fields::new(object, "company.", &["name", "inn", "kpp", "ogrn"]);
    let company = Company {
        name: fields.text("name", 300),
        inn: fields.text("inn", 20),
        kpp: fields.text("kpp", 20),
        ogrn: fields.text("ogrn", 20),
    };
    errors.append(&mut fields.errors);
    company
}

pub(super) fn amount(object: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Money {
    let mut fields = Fields::new(object, "amount.", &["minor", "currency"]);
    let amount = Money {
        minor: fields.number("minor", 0, 1_000_000_000_000_000),
        currency: fields.text("currency", 3).to_uppercase(),
    };
    if amount.currency.len() != 3 || !amount.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        fields.wrong("currency", "is no currency", "an ISO 4217 code, for instance RUB");
    }
    errors.append(&mut fields.errors);
    amount
}

/// With the role of the record where it has none of its own.
pub(super) fn vehicle(
    object: &Map<String, Value>,
    role: &str,
    errors: &mut Vec<FieldError>,
) -> VehicleDescription {
    let mut fields = Fields::new(
        object,
        "vehicle.",
        &[
            "vin",
            "plate",
            "make",
            "model",
            "year",
            "mileage_km",
            "condition",
            "role",
        ],
    );
    let own_role = fields.choice("role", &VEHICLE_ROLES);
    let small = |number: i64| i32::try_from(number).unwrap_or(0);
    let vehicle = VehicleDescription {
        vin: fields.text("vin", 40),
        plate: fields.text("plate", 20),
        make: fields.text("make", 100),
        model: fields.text("model", 100),
        year: small(fields.number("year", 1900, 2100)),
        mileage_km: small(fields.number("mileage_km", 0, 5_000_000)),
        condition: fields.choice("condition", &["new", "used"]),
        role: if own_role.is_empty() {
            role.to_owned()
        } else {
            own_role
        },
    };
    errors.append(&mut fields.errors);
    vehicle
}

pub(super) fn consent(
    object: &Map<String, Value>,
    index: usize,
    errors: &mut Vec<FieldError>,
) -> ConsentStatement {
    let prefix = format!("consents[{index}].");
    let mut fields = Fields::new(
        object,
        &prefix,
        &[
            "purpose",
            "channel",
            "granted",
            "text_version",
            "proof",
            "at",
            "source",
        ],
    );
    let purpose = fields.choice("purpose", &CONSENT_PURPOSES);
    if !fields.has("purpose") {
        fields.wrong("purpose", "is missing", "personal_data or advertising");
    }
    let channel = fields.choice("channel", &CONSENT_CHANNELS);
    let consent = ConsentStatement {
        purpose,
        channel: if channel.is_empty() {
            "any".to_owned()
        } else {
            channel
        },
        granted: fields.flag("granted"),
        text_version: fields.text("text_version", 100),
        proof: fields.text("proof", 500),
        at: fields.instant("at").map(to_proto),
        source: fields.choice("source", &CONSENT_SOURCES),
    };
    errors.append(&mut fields.errors);
    consent
}
