//! Reading a source record: normalised, checked for something to know the client by, keys to look him up.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use edina_identity::normalise::{plate, vin};
use edina_identity::{Home, MatchKey, Normalised, Party, normalise};
use edina_proto::{
    common::v1::VehicleDescription,
    words::{
        BUYER_ROLES, CONSENT_CHANNELS, CONSENT_PURPOSES, CONSENT_SOURCES, CONTACT_LABELS, VEHICLE_ROLES,
    },
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    ownership,
    record::{ConsentSaid, Said, VehicleSaid},
};

/// Why a record cannot be taken; names the field and says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Unusable {
    pub field: Cow<'static, str>,
    pub reason: String,
}

const SOURCES: [&str; 6] = [
    "lead_intake",
    "call_tracking",
    "sales_dms",
    "service_dms",
    "console",
    "import",
];
const KINDS: [&str; 5] = ["lead", "call", "sale", "repair_order", "contact"];
/// Longest text of one field, bytes.
const MAX_TEXT: usize = 16 * 1024;
/// Most phones, e-mails, vehicles or consents of one record.
const MAX_VALUES: usize = 32;

/// Says that a record cannot be used.
pub fn unusable(field: &'static str, reason: impl Into<String>) -> Unusable {
    Unusable {
        field: field.into(),
        reason: reason.into(),
    }
}

/// A word of a fixed list.
pub(crate) fn one_of(field: &'static str, value: &str, known: &[&str]) -> Result<(), Unusable> {
    if known.contains(&value) {
        Ok(())
    } else {
        Err(unusable(field, format!("must be one of {}", known.join(", "))))
    }
}

/// A consent's purpose, channel and, if it is said, how it reached us.
pub fn check_said_consent(said: &ConsentSaid) -> Result<(), Unusable> {
    if !said.source.is_empty() {
        one_of("consent.source", &said.source, &CONSENT_SOURCES)?;
    }
    check_consent(&said.purpose, &said.channel)
}

/// Purpose and channel of a consent.
pub fn check_consent(purpose: &str, channel: &str) -> Result<(), Unusable> {
    one_of("consent.purpose", purpose, &CONSENT_PURPOSES)?;
    one_of("consent.channel", channel, &CONSENT_CHANNELS)
}

/// A department that owns clients.
pub fn check_department(department: &str) -> Result<(), Unusable> {
    one_of("department", department, &["sales", "service", "call_centre"])
}

/// Normalises the record, or says why it cannot be used.
pub fn read(said: &Said, now: DateTime<Utc>, home: &Home) -> Result<Normalised, Unusable> {
    one_of("source", &said.source, &SOURCES)?;
    one_of("kind", &said.kind, &KINDS)?;
    if said.external_id.len() > 200 {
        return Err(unusable("external_id", "must be at most 200 bytes"));
    }
    let lists = [
        said.phones.len(),
        said.emails.len(),
        said.vehicles.len(),
        said.consents.len(),
        said.extra.len(),
    ];
    if lists.iter().any(|count| *count > MAX_VALUES) {
        return Err(unusable(
            "record",
            format!("at most {MAX_VALUES} values of one kind"),
        ));
    }
    if said.comment.len() > MAX_TEXT || said.address.len() > MAX_TEXT || said.full_name.len() > MAX_TEXT {
        return Err(unusable(
            "record",
            format!("a text is longer than {MAX_TEXT} bytes"),
        ));
    }
    let at = said.occurred_at.unwrap_or(now);
    if at > now + chrono::Duration::days(1) {
        return Err(unusable("occurred_at", "lies in the future"));
    }
    for vehicle in said.vehicles.iter().filter(|vehicle| !vehicle.role.is_empty()) {
        one_of("vehicles.role", &vehicle.role, &VEHICLE_ROLES)?;
    }
    for consent in &said.consents {
        check_said_consent(consent)?;
    }
    check_parts(said)?;
    let normalised = normalise(&said.input(at), home);
    if !is_knowable(&normalised) {
        let hint = normalised
            .warnings
            .first()
            .map(|warning| format!(" ({})", warning.message))
            .unwrap_or_default();
        return Err(unusable(
            "record",
            format!(
                "nothing to know the client by: give a name, phone, e-mail, company, INN, VIN or plate{hint}"
            ),
        ));
    }
    Ok(normalised)
}

/// People to speak to and profiles are listed within bounds.
pub fn check_parts(said: &Said) -> Result<(), Unusable> {
    if said.contacts.len() > MAX_VALUES || said.profiles.len() > MAX_VALUES {
        return Err(unusable(
            "record",
            format!("at most {MAX_VALUES} values of one kind"),
        ));
    }
    for contact in &said.contacts {
        let texts = [&contact.name, &contact.position, &contact.phone, &contact.email];
        if texts.iter().any(|text| text.len() > 1_000) {
            return Err(unusable("contacts", "a text is longer than 1000 bytes"));
        }
        if !contact.buyer_role.is_empty() {
            one_of("contacts.buyer_role", &contact.buyer_role, &BUYER_ROLES)?;
        }
    }
    if said.profiles.iter().any(|profile| profile.handle.len() > 300) {
        return Err(unusable("profiles", "a handle is longer than 300 bytes"));
    }
    for (value, label) in &said.labels {
        one_of("labels", label, &CONTACT_LABELS)?;
        if !said.phones.contains(value) && !said.emails.contains(value) {
            return Err(unusable("labels", "names no phone or e-mail of the record"));
        }
    }
    Ok(())
}

fn is_knowable(n: &Normalised) -> bool {
    n.name.is_some()
        || n.contact.is_some()
        || n.company.is_some()
        || n.inn.is_some()
        || !n.phones.is_empty()
        || !n.phone_tails.is_empty()
        || !n.emails.is_empty()
        || n.vehicles
            .iter()
            .any(|vehicle| vehicle.vin.is_some() || vehicle.plate.is_some())
}

/// person or company
pub fn client_kind(n: &Normalised) -> &'static str {
    match n.party {
        Party::Company | Party::SoleProprietor => "company",
        Party::Person | Party::Unknown => "person",
    }
}

/// Advisory lock numbers of a record, sorted: its identity and every key by which another copy may look at the same
/// moment. Common names are left out: they would make strangers wait for each other.
pub fn lock_numbers(group: &str, said: &Said, content_hash: &[u8], keys: &[MatchKey]) -> Vec<i64> {
    let own = if said.external_id.is_empty() {
        format!("content|{}|{content_hash:?}", said.source)
    } else {
        format!("external|{}|{}", said.source, said.external_id)
    };
    let strong = keys.iter().filter(|key| {
        matches!(
            key.kind,
            "phone" | "email" | "vin" | "plate" | "inn" | "birth_surname" | "company" | "full_name"
        )
    });
    let mut numbers: Vec<i64> = strong
        .map(|key| format!("{}|{}", key.kind, key.value))
        .chain([own])
        .map(|text| lock_number(&format!("{group}|{text}")))
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The advisory lock number of a text.
pub fn lock_number(text: &str) -> i64 {
    let digest = Sha256::digest(text.as_bytes());
    let mut first = [0_u8; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}

/// A vehicle of a record, readable and identified.
#[derive(Debug, Clone)]
pub struct VehicleRead {
    /// Stable key: by VIN, else by plate, else a wish of this record.
    pub key: String,
    pub vin: String,
    pub plate: String,
    pub role: String,
    /// See [`super::ownership::family`].
    pub family: String,
    pub description: VehicleDescription,
}

impl VehicleRead {
    /// Neither VIN nor plate: no other record can speak of it.
    pub fn is_own(&self) -> bool {
        self.vin.is_empty() && self.plate.is_empty()
    }
}

/// As [`vehicles`], with the family of whom the record speaks.
pub fn vehicles_of(said: &Said, n: &Normalised, record_id: Uuid) -> Vec<VehicleRead> {
    let mut vehicles = vehicles(said, record_id);
    for vehicle in &mut vehicles {
        vehicle.family = ownership::family(n).to_owned();
    }
    vehicles
}

/// The vehicles of a record; blank ones are left out.
pub fn vehicles(said: &Said, record_id: Uuid) -> Vec<VehicleRead> {
    said.vehicles
        .iter()
        .enumerate()
        .filter_map(|(n, vehicle)| vehicle_read(said, record_id, n, vehicle))
        .collect()
}

fn vehicle_read(said: &Said, record_id: Uuid, n: usize, vehicle: &VehicleSaid) -> Option<VehicleRead> {
    let full = vin::normalise(&vehicle.vin).ok();
    let plate = plate::normalise(&vehicle.plate).ok();
    let vin = full
        .as_ref()
        .filter(|vin| !vin.partial)
        .map(|vin| vin.value.clone())
        .unwrap_or_default();
    let known = full.is_some()
        || plate.is_some()
        || !vehicle.make.trim().is_empty()
        || !vehicle.model.trim().is_empty();
    if !known {
        return None;
    }
    let number = plate
        .as_ref()
        .map(|plate| plate.value.clone())
        .unwrap_or_default();
    let key = match (vin.is_empty(), number.is_empty()) {
        (false, _) => format!("vin:{vin}"),
        (true, false) => format!("plate:{number}"),
        (true, true) => format!("wish:{record_id}:{n}"),
    };
    let role = if vehicle.role.is_empty() {
        said.default_role().to_owned()
    } else {
        vehicle.role.clone()
    };
    Some(VehicleRead {
        key,
        description: VehicleDescription {
            vin: full.map(|vin| vin.value).unwrap_or_default(),
            plate: plate.map(|plate| plate.display).unwrap_or_default(),
            make: vehicle.make.trim().to_owned(),
            model: vehicle.model.trim().to_owned(),
            year: vehicle.year,
            mileage_km: vehicle.mileage_km,
            role: role.clone(),
            condition: vehicle.condition.clone(),
        },
        vin,
        plate: number,
        role,
        family: String::new(),
    })
}
