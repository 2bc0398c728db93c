//! A row with its mapping as a source record.

mod consents;
mod contacts;
mod labels;
mod party;
mod vehicles;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use edina_identity::normalise::account;
use edina_proto::{
    common::v1::{Money, VehicleDescription},
    registry::v1::{SocialProfile, SourceRecord},
    time::to_proto,
};
use sha2::{Digest as _, Sha256};

use crate::{
    Mapping, Reason,
    field::Field,
    kind::plain,
    limits,
    table::Cell,
    value::{amount, date, digits, list},
};

/// What the file does not say itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Branch the rows belong to.
    pub branch_id: String,
    /// sales, service, call_centre; empty: the kind's own.
    pub department: String,
    /// Zone of times without one.
    pub zone: Tz,
}

/// Column the reason is about; none for the whole row.
pub(crate) type Wrong = (Option<usize>, Reason);

/// Makes records of rows.
pub(crate) struct Builder<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) settings: &'a Settings,
}

/// The texts of a row by field and number.
struct Said<'a> {
    mapping: &'a Mapping,
    cells: Vec<String>,
}

impl Said<'_> {
    /// Non-empty texts of a field with their columns.
    fn all(&self, field: Field) -> impl Iterator<Item = (usize, &str)> {
        let columns = self.mapping.columns.iter().enumerate();
        columns
            .filter(move |(_, column)| column.field == Some(field))
            .filter_map(|(at, _)| Some((at, self.cells.get(at)?.as_str())))
            .filter(|(_, text)| !text.is_empty())
    }

    fn one(&self, field: Field) -> String {
        self.all(field)
            .next()
            .map(|(_, text)| text.to_owned())
            .unwrap_or_default()
    }

    fn numbered(&self, field: Field, nth: usize) -> String {
        let mut found = self
            .all(field)
            .filter(|(at, _)| self.mapping.columns[*at].nth == nth);
        found.next().map(|(_, text)| text.to_owned()).unwrap_or_default()
    }
}

impl Builder<'_> {
    /// The record of a row, or what is wrong with it and in which column.
    pub(crate) fn record(&self, cells: &[Cell]) -> Result<SourceRecord, Wrong> {
        let said = self.said(cells)?;
        let kind = self.mapping.kind;
        let occurred_at = match said.all(Field::OccurredAt).next() {
            None => None,
            Some((at, text)) => Some(
                date::moment(text, self.settings.zone)
                    .ok_or_else(|| (Some(at), Reason::NotADate(brief(text))))?,
            ),
        };
        let mut record = SourceRecord {
            source: kind.source().to_owned(),
            external_id: String::new(),
            kind: kind.record().to_owned(),
            occurred_at: occurred_at.map(to_proto),
            branch_id: self.settings.branch_id.clone(),
            department: match self.settings.department.as_str() {
                "" => kind.department().to_owned(),
                department => department.to_owned(),
            },
            full_name: said.one(Field::FullName),
            last_name: said.one(Field::LastName),
            first_name: said.one(Field::FirstName),
            middle_name: said.one(Field::MiddleName),
            birth_date: birth_date(said.one(Field::BirthDate)),
            gender: said.one(Field::Gender),
            phones: values(&said, Field::Phone, list::phones)?,
            emails: values(&said, Field::Email, list::emails)?,
            address: party::address(&said),
            company: None,
            vehicles: vehicles::read(&said)?,
            amount: self.amount(&said)?,
            consents: self.consents(&said)?,
            comment: comment(&said),
            channel: said.one(Field::Channel),
            extra: extra(&said),
            contacts: Vec::new(),
            profiles: profiles(&said)?,
            labels: labels::read(&said),
        };
        record.external_id = self.external_id(&said, occurred_at, &record.vehicles);
        record.company = party::name_and_company(&said, &mut record);
        contacts::read(&said, &mut record)?;
        check(&record)?;
        Ok(record)
    }

    /// Cells of mapped columns, their digits restored.
    fn said(&self, cells: &[Cell]) -> Result<Said<'_>, Wrong> {
        let mut texts = Vec::with_capacity(self.mapping.columns.len());
        for (at, column) in self.mapping.columns.iter().enumerate() {
            let text = match (column.field, cells.get(at)) {
                (None | Some(Field::Ignore), _) | (_, None) => String::new(),
                (Some(_), Some(Err(reason))) => return Err((Some(at), reason.clone())),
                (Some(field), Some(Ok(text))) if field.is_digits() => {
                    let whole = digits::restore(text).map_err(|reason| (Some(at), reason))?;
                    match field {
                        Field::Inn => digits::with_leading_zero(&whole, &[10, 12]),
                        Field::Kpp => digits::with_leading_zero(&whole, &[9]),
                        Field::PostalCode => digits::with_leading_zero(&whole, &[6]),
                        _ => whole,
                    }
                }
                (Some(_), Some(Ok(text))) => text.clone(),
            };
            texts.push(text);
        }
        Ok(Said {
            mapping: self.mapping,
            cells: texts,
        })
    }

    /// The number of a document is said once: of a day, for numbers begin anew each year, and of a car, for a contract may
    /// have a row for each. A card of another system changes and keeps its id, so what it says now is part of the id here.
    /// Without an id of its own a row is known by its content.
    fn external_id(
        &self,
        said: &Said<'_>,
        occurred_at: Option<DateTime<Utc>>,
        vehicles: &[VehicleDescription],
    ) -> String {
        let id = said.one(Field::Id);
        if id.is_empty() || id.len() > 80 {
            return String::new();
        }
        let kind = self.mapping.kind;
        let named = format!("{}:{}:{id}", kind.name(), self.settings.branch_id);
        if kind.is_document() {
            let day = occurred_at.map(|at| at.with_timezone(&self.settings.zone).date_naive().to_string());
            let car = vehicles.iter().find_map(car);
            return [Some(named), day, car]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(":");
        }
        let mut content = Sha256::new();
        let mut columns: Vec<_> = self.mapping.columns.iter().zip(&said.cells).collect();
        columns.sort_by_key(|(column, _)| plain(&column.column));
        for (column, text) in columns.into_iter().filter(|(_, text)| !text.is_empty()) {
            let field = column.field.map(Field::name).unwrap_or_default();
            for part in [field.as_str(), text] {
                content.update((part.len() as u64).to_le_bytes());
                content.update(part);
            }
        }
        let hash: String = content
            .finalize()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{named}:{hash}")
    }

    fn amount(&self, said: &Said<'_>) -> Result<Option<Money>, Wrong> {
        let Some((at, text)) = said.all(Field::Amount).next() else {
            return Ok(None);
        };
        let (minor, own) = amount::read(text).ok_or_else(|| (Some(at), Reason::NotAnAmount(brief(text))))?;
        let stated = said.one(Field::Currency);
        let currency = amount::currency(&stated)
            .or(own)
            .unwrap_or(&self.mapping.currency);
        Ok((minor != 0).then(|| Money {
            minor,
            currency: currency.to_owned(),
        }))
    }
}

/// A day counted by a spreadsheet as a date; anything else as typed.
fn birth_date(typed: String) -> String {
    date::serial(&typed).map_or(typed, |at| at.date().to_string())
}

/// A piece of a text for a message.
fn brief(text: &str) -> String {
    text.chars().take(40).collect()
}

fn values(said: &Said<'_>, field: Field, cut: list::Cut) -> Result<Vec<String>, Wrong> {
    let mut out: Vec<String> = Vec::new();
    for (at, text) in said.all(field) {
        for value in cut(text) {
            if !out.contains(&value) {
                out.push(value);
            }
        }
        if out.len() > limits::VALUES {
            return Err((Some(at), Reason::TooMany(limits::VALUES)));
        }
    }
    Ok(out)
}

/// Accounts in messengers and social networks, each once.
fn profiles(said: &Said<'_>) -> Result<Vec<SocialProfile>, Wrong> {
    let mut out: Vec<SocialProfile> = Vec::new();
    for (at, column) in said.mapping.columns.iter().enumerate() {
        let (Some(network), Some(text)) = (column.field.and_then(Field::network), said.cells.get(at)) else {
            continue;
        };
        for account in text
            .split([';', ',', '\n'])
            .filter_map(|typed| account::read(network, typed))
        {
            let profile = SocialProfile {
                network: account.network,
                handle: account.handle,
            };
            if !out.contains(&profile) {
                out.push(profile);
            }
        }
        if out.len() > limits::VALUES {
            return Err((Some(at), Reason::TooMany(limits::VALUES)));
        }
    }
    Ok(out)
}

fn comment(said: &Said<'_>) -> String {
    let texts: Vec<&str> = said.all(Field::Comment).map(|(_, text)| text).collect();
    texts.join("\n")
}

/// What stands in columns that are kept by their names, and in second columns of what a record has once.
fn extra(said: &Said<'_>) -> HashMap<String, String> {
    let mut first: HashMap<(Field, usize), &str> = HashMap::new();
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (column, text) in said.mapping.columns.iter().zip(&said.cells) {
        let Some(field) = column.field.filter(|_| !text.is_empty()) else {
            continue;
        };
        let before = *first.entry((field, column.nth)).or_insert(text);
        if field == Field::Extra || field.is_said_once() && before != text {
            all.entry(column.column.clone()).or_insert_with(|| text.clone());
        }
    }
    let typed = said.one(Field::ClientType);
    if !typed.is_empty() {
        all.insert("client_type".to_owned(), typed);
    }
    all.into_iter().take(limits::VALUES).collect()
}

fn check(record: &SourceRecord) -> Result<(), Wrong> {
    let names = [
        &record.full_name,
        &record.last_name,
        &record.first_name,
        &record.middle_name,
    ];
    let known = names.iter().any(|name| name.chars().any(char::is_alphabetic))
        || !record.phones.is_empty()
        || !record.emails.is_empty()
        || record.company.is_some()
        || record
            .vehicles
            .iter()
            .any(|car| !car.vin.is_empty() || !car.plate.is_empty());
    if !known {
        return Err((None, Reason::NoClient));
    }
    let long = [&record.comment, &record.address, &record.full_name]
        .iter()
        .any(|text| text.len() > limits::RECORD_TEXT_BYTES);
    if long {
        return Err((None, Reason::LongText(limits::RECORD_TEXT_BYTES)));
    }
    Ok(())
}

/// By what a car is told from others of the same document, within the bounds of an id.
fn car(vehicle: &VehicleDescription) -> Option<String> {
    let sign = [&vehicle.vin, &vehicle.plate]
        .into_iter()
        .find(|sign| !sign.is_empty())?;
    let sign: String = sign.chars().filter(|c| c.is_alphanumeric()).take(17).collect();
    Some(sign.to_uppercase())
}
