//! Cards by what was typed or by their ids, with what their short forms are made of, in one round trip: `find_cards` of the
//! migrations. Nothing here needs a transaction: the function sets the scope for its own statement.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_postgres::Readers;
use sqlx::types::Json;
use uuid::Uuid;

use super::history::record;
use crate::client::{
    brief::{self, Brief},
    history::{Confirmation, Correction, History, Member, OwnerEntry, Statement},
    search_terms::prefix_bounds,
};

/// One way to understand what was typed.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Kind of the terms looked for: phone, email, vin, plate, inn, name, full, company.
    pub(crate) kind: &'static str,
    /// Only terms that are one of the words are looked for, none that begin with it.
    pub(crate) whole: bool,
    /// Tried only when the readings before it found nothing.
    pub(crate) last_resort: bool,
    /// Beginnings of terms, each with alternative spellings, the likeliest first; all must be on one client. The first word
    /// should be the rarest.
    pub(crate) words: Vec<Vec<String>>,
}

/// A card that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) root_id: Uuid,
    /// Kind of the reading that found it.
    pub(crate) kind: &'static str,
    /// By just what was typed: a whole number or address.
    pub(crate) whole: bool,
    pub(crate) shown: String,
}

/// Cards with as much of what they are made of as their short forms need.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// The surest reading first, within it what is just what was typed, then the newest client; no card twice.
    pub(crate) found: Vec<Found>,
    pub(crate) histories: BTreeMap<Uuid, History>,
    /// Ids of their vehicles by key.
    pub(crate) vehicle_ids: BTreeMap<String, Uuid>,
    /// Whose card each member is.
    pub(crate) root_of: BTreeMap<Uuid, Uuid>,
}

/// The parts of `find_cards`.
mod part {
    pub(super) const FOUND: i32 = 1;
    pub(super) const MEMBER: i32 = 2;
    pub(super) const RECORD: i32 = 3;
    pub(super) const STATEMENT: i32 = 4;
    pub(super) const CORRECTION: i32 = 5;
    pub(super) const CONFIRMATION: i32 = 6;
    pub(super) const OWNER: i32 = 7;
    pub(super) const ACTIVITY: i32 = 8;
}

/// Words as the parallel arrays the function takes.
#[derive(Debug, Clone, Default)]
struct Words {
    kinds: Vec<String>,
    wholes: Vec<bool>,
    last_resorts: Vec<bool>,
    others: Vec<i32>,
    reading: Vec<i32>,
    number: Vec<i32>,
    low: Vec<String>,
    high: Vec<String>,
}

impl Words {
    fn of(readings: &[Reading]) -> Self {
        let mut all = Self::default();
        let int = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        for (reading, asked) in (1..).zip(readings) {
            all.kinds.push(asked.kind.to_owned());
            all.wholes.push(asked.whole);
            all.last_resorts.push(asked.last_resort);
            all.others.push(int(asked.words.len().saturating_sub(1)));
            for (number, spellings) in asked.words.iter().enumerate() {
                for spelling in spellings {
                    let (low, high) = prefix_bounds(spelling);
                    all.reading.push(reading);
                    all.number.push(int(number));
                    all.low.push(low);
                    all.high.push(high);
                }
            }
        }
        all
    }
}

/// Cards that match one of the readings, at most so many of each.
pub(crate) async fn search(
    readers: &Readers,
    group: &str,
    readings: &[Reading],
    at_most: i32,
) -> sqlx::Result<Gathered> {
    read(readers, group, readings, &[], at_most).await
}

/// The cards of these ids, whichever a client ever had.
pub(crate) async fn of(readers: &Readers, group: &str, ids: &[Uuid]) -> sqlx::Result<Gathered> {
    read(readers, group, &[], ids, 0).await
}

struct Row {
    part: Option<i32>,
    root_id: Option<Uuid>,
    client_id: Option<Uuid>,
    id: Option<Uuid>,
    source_record_id: Option<Uuid>,
    at: Option<DateTime<Utc>>,
    number: Option<i64>,
    kind: Option<String>,
    a: Option<String>,
    b: Option<String>,
    said: Option<Json<crate::client::record::Said>>,
    normalised: Option<Json<edina_identity::Normalised>>,
    /// Instead of both where it is a present one.
    brief: Option<Json<Brief>>,
}

async fn read(
    readers: &Readers,
    group: &str,
    readings: &[Reading],
    ids: &[Uuid],
    at_most: i32,
) -> sqlx::Result<Gathered> {
    let asked = (group.to_owned(), Words::of(readings), ids.to_vec());
    let rows = readers
        .read(|connection| {
            let (group, words, ids) = asked.clone();
            Box::pin(async move {
                sqlx::query_as!(
                    Row,
                    r#"select part, root_id, client_id, id, source_record_id, at, number, kind, a, b,
                         said as "said: _", normalised as "normalised: _",
                         brief as "brief: _"
                     from find_cards($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"#,
                    group,
                    &words.kinds,
                    &words.wholes,
                    &words.last_resorts,
                    &words.others,
                    &words.reading,
                    &words.number,
                    &words.low,
                    &words.high,
                    &ids,
                    at_most,
                    brief::VERSION
                )
                .fetch_all(connection)
                .await
            })
        })
        .await?;
    let mut gathered = Gathered::default();
    for row in rows {
        // A part without its columns is of a newer function than this program: left out.
        let _ = gathered.take(row, readings);
    }
    for history in gathered.histories.values_mut() {
        history.members.sort_by_key(|member| member.id);
        // Records come newest first, so that the oldest are left out of too many.
        history.records.reverse();
        history.corrections.sort_by_key(|correction| correction.id);
        history
            .confirmations
            .sort_by(|one, other| (one.at, &one.by_what).cmp(&(other.at, &other.by_what)));
        history.owners.sort_by_key(|entry| entry.id);
    }
    Ok(gathered)
}

impl Gathered {
    fn take(&mut self, row: Row, readings: &[Reading]) -> Option<()> {
        match row.part? {
            part::FOUND => {
                let reading = usize::try_from(row.number?).ok()?.checked_sub(1)?;
                self.found.push(Found {
                    root_id: row.root_id?,
                    kind: readings.get(reading)?.kind,
                    whole: readings.get(reading)?.whole,
                    shown: row.a.unwrap_or_default(),
                });
            }
            part::MEMBER => {
                let member = Member {
                    id: row.client_id?,
                    kind: row.kind?,
                    created_at: row.at?,
                    version: row.number?,
                };
                self.root_of.insert(member.id, row.root_id?);
                self.histories
                    .entry(row.root_id?)
                    .or_default()
                    .members
                    .push(member);
            }
            part::RECORD => {
                let client_id = row.client_id?;
                let record = match row.brief {
                    Some(Json(Brief { said, normalised })) => {
                        record(row.id?, client_id, row.at?, said, normalised)
                    }
                    None => record(row.id?, client_id, row.at?, row.said?.0, row.normalised?.0),
                };
                self.of_client(client_id)?.records.push(record);
            }
            part::STATEMENT => {
                let statement = Statement {
                    vehicle_id: row.id?,
                    source_record_id: row.source_record_id?,
                    root_id: row.root_id?,
                    role: row.kind?,
                    at: row.at?,
                    family: row.b,
                };
                self.vehicle_ids.insert(row.a?, statement.vehicle_id);
                self.of_client(row.client_id?)?.add_statement(statement);
            }
            part::CORRECTION => {
                let correction = Correction {
                    id: row.id?,
                    field: row.kind?,
                    value: row.a?,
                    at: row.at?,
                    by_employee_id: String::new(),
                };
                self.of_client(row.client_id?)?.corrections.push(correction);
            }
            part::CONFIRMATION => {
                let confirmation = Confirmation {
                    kind: row.kind?,
                    value: row.a?,
                    at: row.at?,
                    by_what: row.b?,
                    ref_id: String::new(),
                    by_employee_id: String::new(),
                };
                self.of_client(row.client_id?)?.confirmations.push(confirmation);
            }
            part::OWNER => {
                let entry = OwnerEntry {
                    id: row.id?,
                    department: row.kind?,
                    employee_id: row.a?,
                    branch_id: row.b?,
                    at: row.at?,
                    source_record_id: None,
                };
                self.of_client(row.client_id?)?.owners.push(entry);
            }
            part::ACTIVITY => {
                let history = self.of_client(row.client_id?)?;
                history.last_activity_at = history.last_activity_at.max(row.at);
            }
            _ => {}
        }
        Some(())
    }

    fn of_client(&mut self, client_id: Uuid) -> Option<&mut History> {
        self.histories.get_mut(self.root_of.get(&client_id)?)
    }
}
