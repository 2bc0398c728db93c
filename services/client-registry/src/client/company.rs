//! A company's side of a card: its present and former names, and the people who decide there (R116, R108).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use edina_identity::{Party, normalise::email, text};
use edina_proto::{
    registry::v1::{Company, CompanyData, Datum, DecisionMaker, PastValue},
    time::to_proto,
};

use super::{
    history::{History, Record},
    survivorship::{Claim, datum, past, winner, winner_with_past},
};

/// A correction of this field says on which day the company ended.
pub const LIQUIDATED: &str = "liquidated";
/// A correction of this field says that somebody does not decide there any more.
pub const LEFT: &str = "left_company";
/// Most decision makers of a card.
const MOST_PEOPLE: usize = 50;

/// Corrections of these fields say what a company is called and numbered.
pub const FIELDS: [&str; 4] = ["company_name", "inn", "kpp", "ogrn"];

/// Name and numbers: what was said last, whoever said it; a company is renamed without any deal of ours.
pub fn company(history: &History) -> Option<Company> {
    let newest = |field: &str| {
        winner(&claims(history, field))
            .map(|datum| datum.value)
            .unwrap_or_default()
    };
    let company = Company {
        name: present_name(history).map(|claim| claim.value).unwrap_or_default(),
        inn: newest("inn"),
        kpp: newest("kpp"),
        ogrn: newest("ogrn"),
    };
    (company != Company::default()).then_some(company)
}

/// The same with where each comes from, and what it was before.
pub fn data(history: &History) -> Option<CompanyData> {
    let named = claims(history, "company_name");
    let name = present_name(history).map(|claim| Datum {
        earlier: past(&named, &claim.value),
        ..datum(&claim, &named)
    });
    let newest = |field: &str| winner_with_past(&claims(history, field));
    let data = CompanyData {
        name,
        inn: newest("inn"),
        kpp: newest("kpp"),
        ogrn: newest("ogrn"),
    };
    (data != CompanyData::default()).then_some(data)
}

/// Every name it had, the present one first.
pub fn names(history: &History) -> Vec<PastValue> {
    let present = present_name(history).map(|claim| claim.value).unwrap_or_default();
    let mut names = past(&claims(history, "company_name"), "");
    names.sort_by_key(|name| name.value != present);
    names
}

/// The name said last; of its writings that of the most trusted source, so that a form without `ООО` renames nobody.
fn present_name(history: &History) -> Option<Claim> {
    let corrected = of_corrections(history, "company_name").max_by(|a, b| a.rank().cmp(&b.rank()));
    if corrected.is_some() {
        return corrected;
    }
    let named: Vec<(&str, Claim)> = history
        .records
        .iter()
        .filter_map(|record| {
            let company = record.normalised.company.as_ref()?;
            let claim = Claim::of_contact(record, company.display.clone(), "");
            Some((company.core.as_str(), claim))
        })
        .collect();
    let (core, _) = named.iter().max_by(|(_, a), (_, b)| a.rank().cmp(&b.rank()))?;
    named
        .iter()
        .filter(|(other, _)| other == core)
        .max_by_key(|(_, claim)| (claim.trust(), claim.at, claim.record_id.as_str()))
        .map(|(_, claim)| claim.clone())
}

/// What a record says of a field of [`FIELDS`].
fn of(record: &Record, field: &str) -> Option<String> {
    let n = &record.normalised;
    match field {
        "company_name" => n.company.as_ref().map(|company| company.display.clone()),
        "inn" => n.inn.as_ref().map(|inn| inn.value.clone()),
        "kpp" => n.kpp.clone(),
        _ => n.ogrn.clone(),
    }
}

/// What records say of a company, none of it proved by who came, and what people put right.
fn claims(history: &History, field: &str) -> Vec<Claim> {
    let said = history
        .records
        .iter()
        .filter_map(|record| of(record, field).map(|value| Claim::of_contact(record, value, "")));
    said.chain(of_corrections(history, field)).collect()
}

fn of_corrections(history: &History, field: &str) -> impl Iterator<Item = Claim> {
    let corrected = history.corrections.iter();
    corrected
        .filter(move |correction| correction.field == field)
        .map(Claim::of_correction)
}

/// Since when the company does not exist any more.
pub fn liquidated_at(history: &History) -> Option<DateTime<Utc>> {
    let said = history
        .corrections
        .iter()
        .filter(|correction| correction.field == LIQUIDATED)
        .max_by_key(|correction| correction.at)?;
    let day: NaiveDate = said.value.parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// The people to speak to, the one heard of last first. The newest word about each wins, field by field. Their numbers are read
/// where the record was typed.
pub fn decision_makers(history: &History) -> Vec<DecisionMaker> {
    let mut people: BTreeMap<String, DecisionMaker> = BTreeMap::new();
    let mut last: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    for record in &history.records {
        for said in said(record) {
            let key = said.name.to_lowercase();
            last.insert(key.clone(), record.occurred_at);
            let known = people.entry(key).or_insert_with(|| DecisionMaker {
                first_seen_at: Some(to_proto(record.occurred_at)),
                ..DecisionMaker::default()
            });
            for (old, new) in [
                (&mut known.name, said.name),
                (&mut known.position, said.position),
                (&mut known.buyer_role, said.buyer_role),
                (&mut known.phone, said.phone),
                (&mut known.email, said.email),
            ] {
                if !new.is_empty() {
                    *old = new;
                }
            }
            known.source.clone_from(&record.said.source);
            known.source_record_id = record.id.to_string();
            known.last_seen_at = Some(to_proto(record.occurred_at));
        }
    }
    let gone = |key: &str, at: DateTime<Utc>| {
        history.corrections.iter().any(|correction| {
            correction.field == LEFT && correction.value.to_lowercase() == key && correction.at >= at
        })
    };
    people.retain(|key, _| !last.get(key).is_some_and(|at| gone(key, *at)));
    let mut people: Vec<(Option<DateTime<Utc>>, DecisionMaker)> = people
        .into_iter()
        .map(|(key, person)| (last.get(&key).copied(), person))
        .collect();
    people.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.name.cmp(&y.name)));
    people
        .into_iter()
        .map(|(_, person)| person)
        .take(MOST_PEOPLE)
        .collect()
}

/// Whom a record names: those it lists, else the person to speak to in a company's name field.
fn said(record: &Record) -> Vec<DecisionMaker> {
    let listed = record
        .said
        .contacts
        .iter()
        .filter(|contact| !text::clean(&contact.name).is_empty());
    // The same people in the same order, made comparable.
    let mut read = record.normalised.contacts.iter();
    let mut people: Vec<DecisionMaker> = listed
        .map(|contact| DecisionMaker {
            name: contact.name.trim().to_owned(),
            position: contact.position.trim().to_owned(),
            buyer_role: contact.buyer_role.clone(),
            phone: read
                .next()
                .and_then(|person| person.phones.first())
                .map_or_else(|| contact.phone.trim().to_owned(), |phone| phone.e164.clone()),
            email: email::normalise(&contact.email)
                .map_or_else(|_| contact.email.trim().to_owned(), |email| email.address),
            ..DecisionMaker::default()
        })
        .collect();
    // A row that names one person names his number beside him, not a second one of the company.
    if let [only] = people.as_mut_slice()
        && record.normalised.company.is_some()
        && only.phone.is_empty()
        && only.email.is_empty()
    {
        only.phone = first_phone(record);
        only.email = first_email(record);
    }
    if let Some(contact) = &record.normalised.contact
        && record.normalised.company.is_some()
        && people.is_empty()
    {
        people.push(DecisionMaker {
            name: contact.display(),
            phone: first_phone(record),
            email: first_email(record),
            ..DecisionMaker::default()
        });
    }
    people
}

/// Whose business it is, if it is a person's own: as the newest record that names him has it.
pub fn proprietor(history: &History) -> Option<DecisionMaker> {
    let named = |record: &&Record| {
        record.normalised.party == Party::SoleProprietor && record.normalised.name.is_some()
    };
    let record = history.records.iter().rev().find(named)?;
    Some(DecisionMaker {
        name: record.normalised.name.as_ref()?.display(),
        phone: first_phone(record),
        email: first_email(record),
        source: record.said.source.clone(),
        source_record_id: record.id.to_string(),
        ..DecisionMaker::default()
    })
}

fn first_phone(record: &Record) -> String {
    let mut phones = record.normalised.phones.iter();
    phones.next().map(|phone| phone.e164.clone()).unwrap_or_default()
}

fn first_email(record: &Record) -> String {
    let mut emails = record.normalised.emails.iter();
    emails
        .next()
        .map(|email| email.address.clone())
        .unwrap_or_default()
}
