//! What a row shares with others of the same client: the keys by which the registry finds candidates, and the row itself, since
//! one that stands twice is one.

use std::collections::{BTreeMap, HashMap};

use edina_identity::{
    Home, Profile,
    engine::keys,
    normalise,
    normalise::account,
    record::{CompanyInput, ContactInput, RecordInput, VehicleInput},
};
use edina_proto::registry::v1::SourceRecord;
use prost::Message as _;

/// Facts beside the fields that number a person's documents.
const DOCUMENTS: [&str; 4] = ["document", "passport", "driving_licence", "snils"];

/// Kinds of keys of which one alone tells next to nothing: parts of a value, or of a name. Strangers share them all the time,
/// and of one client two records that share such a one share another.
const PARTS: [&str; 13] = [
    "half",
    "name",
    "initial",
    "father",
    "house",
    "number",
    "place",
    "street",
    "office",
    "company_word",
    "inn_start",
    "inn_end",
    "document_half",
];

/// Something that a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) number: i64,
    /// Whether who shares nothing else may yet be the same.
    pub(super) tells: bool,
}

/// The keys of a row.
pub(super) fn keys(record: &SourceRecord) -> Vec<Key> {
    // City codes are the registry's to know: all rows of a file lack the same one.
    let profile = Profile::of(&normalise(&input(record), &Home::default()));
    let mut keys: Vec<Key> = keys::keys(&profile)
        .iter()
        .filter_map(|key| key.split_once(':'))
        .map(|(kind, value)| Key {
            number: keys::number_of(kind, value),
            tells: !PARTS.contains(&kind),
        })
        .collect();
    keys.push(Key {
        number: itself(record),
        tells: true,
    });
    keys
}

/// The number of what makes it one with its repetition.
fn itself(record: &SourceRecord) -> i64 {
    if !record.external_id.is_empty() {
        return keys::number_of("same", &format!("{}|{}", record.source, record.external_id));
    }
    let facts: BTreeMap<&String, &String> = record.extra.iter().collect();
    let bare = SourceRecord {
        extra: HashMap::new(),
        ..record.clone()
    };
    keys::number_of("same", &format!("{:?}|{facts:?}", bare.encode_to_vec()))
}

fn said(text: &str) -> Option<String> {
    Some(text.trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// The row as the identity crate reads it.
fn input(record: &SourceRecord) -> RecordInput {
    let beside = |name: &str| record.extra.get(name).and_then(|text| said(text));
    let held = record
        .profiles
        .iter()
        .filter_map(|profile| account::read(&profile.network, &profile.handle)?.phone());
    RecordInput {
        full_name: said(&record.full_name),
        last_name: said(&record.last_name),
        first_name: said(&record.first_name),
        middle_name: said(&record.middle_name),
        birth_date: said(&record.birth_date),
        gender: said(&record.gender),
        phones: record.phones.iter().cloned().chain(held).collect(),
        emails: record.emails.clone(),
        address: said(&record.address),
        company: record.company.as_ref().map(|company| CompanyInput {
            name: said(&company.name),
            inn: said(&company.inn),
            kpp: said(&company.kpp),
            ogrn: said(&company.ogrn),
        }),
        vehicles: record
            .vehicles
            .iter()
            .map(|car| VehicleInput {
                vin: said(&car.vin),
                plate: said(&car.plate),
                make: said(&car.make),
                model: said(&car.model),
                year: Some(car.year).filter(|year| *year != 0),
                role: said(&car.role),
            })
            .collect(),
        documents: DOCUMENTS.iter().filter_map(|name| beside(name)).collect(),
        city: beside("city"),
        client_type: beside("client_type"),
        comment: said(&record.comment),
        contact_name: record
            .contacts
            .iter()
            .find_map(|contact| said(&contact.name))
            .or_else(|| beside("contact_name")),
        contacts: record
            .contacts
            .iter()
            .map(|contact| ContactInput {
                name: contact.name.clone(),
                position: contact.position.clone(),
                phone: contact.phone.clone(),
                email: contact.email.clone(),
            })
            .collect(),
        source: said(&record.source),
        branch: said(&record.branch_id),
        kind: said(&record.kind),
        ..RecordInput::default()
    }
}
