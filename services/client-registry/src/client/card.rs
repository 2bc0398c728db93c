//! The card: a pure function of source records and corrections. Every datum knows where it comes from.

use std::collections::BTreeMap;

use edina_identity::normalise::{Gender, phone::format_display};
use edina_proto::{
    common::v1::Money,
    registry::v1::{Card, Company, ConsentState, Datum, MarketingFact, Owner, Purchase},
    time::to_proto,
};
use uuid::Uuid;

use super::{
    completeness, consent, contacts, evidence,
    history::{ConsentEntry, History, OwnerEntry, Record},
    survivorship::{Claim, winner},
    vehicles,
};

/// Most purchases and marketing facts on a card; the timeline has them all.
const MOST_LINES: usize = 200;

/// Makes the card. `vehicle_ids` maps vehicle keys to ids. Merges, reviews and sharing are filled in by the caller.
pub fn assemble(history: &History, vehicle_ids: &BTreeMap<String, Uuid>) -> Card {
    let member_ids: Vec<Uuid> = history.members.iter().map(|member| member.id).collect();
    let mut card = Card {
        birth_date: person_field(history, "birth_date", &|record| {
            Some((
                record.normalised.birth_date?.to_string(),
                record.said.birth_date.clone(),
            ))
        }),
        gender: person_field(history, "gender", &|record| {
            let gender = match record.normalised.gender? {
                Gender::Male => "male",
                Gender::Female => "female",
            };
            Some((gender.to_owned(), record.said.gender.clone()))
        }),
        addresses: contacts::addresses(history),
        consents: consent::effective(&member_ids, &history.consents)
            .into_iter()
            .map(consent_state)
            .collect(),
        purchases: purchases(history),
        marketing: marketing(history),
        created_at: history
            .members
            .iter()
            .map(|member| member.created_at)
            .min()
            .map(to_proto),
        source_record_count: u32::try_from(history.records.len()).unwrap_or(u32::MAX),
        merged_ids: member_ids.iter().skip(1).map(Uuid::to_string).collect(),
        contacts: contacts::contacts(history, true),
        version: history
            .members
            .first()
            .map_or(0, |member| member.version.unsigned_abs()),
        ..brief(history, vehicle_ids)
    };
    card.completeness = completeness::score(&card);
    card
}

/// What its short form shows of a card; the rest is left empty.
pub fn brief(history: &History, vehicle_ids: &BTreeMap<String, Uuid>) -> Card {
    let root = history.root_id().unwrap_or_default();
    let part = |of: fn(&edina_identity::PersonName) -> &Option<String>, raw: fn(&Record) -> &str| {
        move |record: &Record| {
            let name = record
                .normalised
                .name
                .as_ref()
                .or(record.normalised.contact.as_ref())?;
            Some((of(name).clone()?, raw(record).to_owned()))
        }
    };
    let is_company = history.members.iter().any(|member| member.kind == "company");
    let mut card = Card {
        client_id: root.to_string(),
        kind: if is_company { "company" } else { "person" }.to_owned(),
        last_name: person_field(
            history,
            "last_name",
            &part(|name| &name.surname, |record| &record.said.last_name),
        ),
        first_name: person_field(
            history,
            "first_name",
            &part(|name| &name.given, |record| &record.said.first_name),
        ),
        middle_name: person_field(
            history,
            "middle_name",
            &part(|name| &name.patronymic, |record| &record.said.middle_name),
        ),
        contacts: contacts::contacts(history, false),
        company: company(history),
        vehicles: vehicles::vehicles(history, root, vehicle_ids),
        owners: history.present_owners().into_iter().map(owner).collect(),
        last_activity_at: history
            .records
            .iter()
            .map(|record| record.occurred_at)
            .chain(history.last_activity_at)
            .max()
            .map(to_proto),
        ..Card::default()
    };
    card.display_name = display_name(&card);
    card
}

fn person_field(
    history: &History,
    name: &str,
    of: &dyn Fn(&Record) -> Option<(String, String)>,
) -> Option<Datum> {
    let corrected = history
        .corrections
        .iter()
        .filter(|correction| correction.field == name);
    let said = history
        .records
        .iter()
        .filter_map(|record| of(record).map(|(value, raw)| Claim::of_person(record, value, &raw)));
    let claims: Vec<Claim> = said.chain(corrected.map(Claim::of_correction)).collect();
    winner(&claims)
}

fn display_name(card: &Card) -> String {
    let company = card
        .company
        .as_ref()
        .map(|company| company.name.clone())
        .unwrap_or_default();
    if card.kind == "company" && !company.is_empty() {
        return company;
    }
    let words: Vec<&str> = [&card.last_name, &card.first_name, &card.middle_name]
        .into_iter()
        .flatten()
        .map(|datum| datum.value.as_str())
        .collect();
    if !words.is_empty() {
        return words.join(" ");
    }
    if !company.is_empty() {
        return company;
    }
    let contact = card.contacts.first().map(|contact| match contact.kind.as_str() {
        "phone" => format_display(&contact.value),
        _ => contact.value.clone(),
    });
    let vehicle = card
        .vehicles
        .first()
        .and_then(|role| role.vehicle.as_ref())
        .map(|vehicle| {
            if vehicle.plate.is_empty() {
                vehicle.vin.clone()
            } else {
                vehicle.plate.clone()
            }
        });
    contact.or(vehicle).unwrap_or_default()
}

fn company(history: &History) -> Option<Company> {
    let newest = |of: &dyn Fn(&Record) -> Option<String>| {
        let claims: Vec<Claim> = history
            .records
            .iter()
            .filter_map(|record| of(record).map(|value| Claim::of_person(record, value, "")))
            .collect();
        winner(&claims).map(|datum| datum.value).unwrap_or_default()
    };
    let company = Company {
        name: newest(&|record| {
            record
                .normalised
                .company
                .as_ref()
                .map(|company| company.display.clone())
        }),
        inn: newest(&|record| record.normalised.inn.as_ref().map(|inn| inn.value.clone())),
        kpp: newest(&|record| record.normalised.kpp.clone()),
    };
    (company != Company::default()).then_some(company)
}

fn purchases(history: &History) -> Vec<Purchase> {
    let mut records: Vec<&Record> = history
        .records
        .iter()
        .filter(|record| record.said.is_purchase())
        .collect();
    records.sort_by_key(|record| std::cmp::Reverse((record.occurred_at, record.id)));
    let purchase = |record: &&Record| Purchase {
        source_record_id: record.id.to_string(),
        at: Some(to_proto(record.occurred_at)),
        kind: record.said.kind.clone(),
        vehicle: evidence::vehicles(&record.said, record.id)
            .into_iter()
            .next()
            .map(|vehicle| vehicle.description),
        amount: record.said.amount.as_ref().map(|m| Money {
            minor: m.minor,
            currency: m.currency.clone(),
        }),
        branch_id: record.said.branch_id.clone(),
        comment: record.said.comment.clone(),
    };
    records.iter().take(MOST_LINES).map(purchase).collect()
}

/// What, where, when, from whom (R33).
fn marketing(history: &History) -> Vec<MarketingFact> {
    let mut records: Vec<&Record> = history
        .records
        .iter()
        .filter(|record| !record.said.channel.is_empty())
        .collect();
    records.sort_by_key(|record| std::cmp::Reverse((record.occurred_at, record.id)));
    let fact = |record: &&Record| {
        let vehicle = record
            .said
            .vehicles
            .first()
            .map(|v| format!("{} {}", v.make, v.model).trim().to_owned());
        MarketingFact {
            what: vehicle
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| record.said.kind.clone()),
            channel: record.said.channel.clone(),
            at: Some(to_proto(record.occurred_at)),
            from_whom: ["campaign", "utm_campaign", "source_name", "provider", "from_whom"]
                .iter()
                .find_map(|key| record.said.extra.get(*key).cloned())
                .unwrap_or_else(|| record.said.source.clone()),
        }
    };
    records.iter().take(MOST_LINES).map(fact).collect()
}

/// A ledger line in force, for the wire.
pub fn consent_state(line: &ConsentEntry) -> ConsentState {
    ConsentState {
        purpose: line.purpose.clone(),
        channel: line.channel.clone(),
        granted: line.granted,
        at: Some(to_proto(line.at)),
        proof: line.proof.clone(),
        text_version: line.text_version.clone(),
        source: line.source.clone(),
    }
}

/// A present owner, for the wire.
pub fn owner(entry: &OwnerEntry) -> Owner {
    Owner {
        department: entry.department.clone(),
        employee_id: entry.employee_id.clone(),
        since: Some(to_proto(entry.at)),
        branch_id: entry.branch_id.clone(),
    }
}
