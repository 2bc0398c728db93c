//! Stores what was decided of records; `outcome` says what follows.

mod outcome;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use edina_messaging::outbox::Facts;
use edina_postgres::Database;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use outcome::touched;

use super::{
    decisions::{Decided, Decisions},
    reading::Reading,
};
use crate::{
    client::{evidence::VehicleRead, history::OwnerEntry, search_terms::Term, why::Explained},
    registry::{
        RegistryError, facts, merge, moves,
        refusals::{self, Came},
        roles::{self, Stated},
    },
    store::{
        self, following::Following, merges::Cause, moves::Move, records::NewRecord, timeline::Entry,
        vehicles::Spoken,
    },
};

/// What became of records.
#[derive(Default)]
pub(super) struct Stored {
    /// The surviving id of every client that got one.
    pub(super) roots: BTreeMap<Uuid, Uuid>,
    /// Everything said of who looks after the cards that were there.
    pub(super) owners: BTreeMap<Uuid, Vec<OwnerEntry>>,
    /// What others are to hear.
    pub(super) said: Facts,
}

/// Who stores, when, and on whose account.
pub(super) struct Writing<'a> {
    pub(super) caller: &'a Caller,
    pub(super) now: DateTime<Utc>,
    pub(super) import_id: Option<Uuid>,
    pub(super) model_version: i32,
    /// Whether refusals are kept for whoever comes again.
    pub(super) refusals: bool,
    /// What is known of the records' vehicles, if that was read: it holds while no cards change.
    pub(super) spoken: Option<Spoken>,
    /// Where another connection may be had for what new clients are found by: a third of all there is to store. It commits
    /// first. What is cut off between the two leaves rows of clients that never came to be, and those find nobody.
    pub(super) beside: Option<&'a Database>,
}

impl Writing<'_> {
    /// Stores records where they go, and repairs the cards they showed in another light.
    pub(super) async fn store(
        &self,
        connection: &mut PgConnection,
        readings: &[&Reading<'_>],
        decisions: &Decisions,
    ) -> Result<Stored, RegistryError> {
        if readings.is_empty() {
            return Ok(Stored::default());
        }
        let group = self.caller.group.as_str();
        let vehicles: Vec<&[VehicleRead]> = readings
            .iter()
            .map(|reading| reading.vehicles.as_slice())
            .collect();
        let records: Vec<NewRecord<'_>> = readings
            .iter()
            .zip(&decisions.records)
            .map(|(reading, decided)| NewRecord {
                id: decided.id,
                client_id: decided.client_id,
                new_client: decided.new_client,
                occurred_at: reading.at,
                received_at: self.now,
                outcome: decided.outcome(),
                said: reading.said,
                texts: &reading.texts,
                keys: &decided.keys,
                terms: terms_to_add(reading, decided),
                why: decided
                    .why
                    .as_ref()
                    .and_then(|why| serde_json::to_value(why).ok()),
                import_id: self.import_id,
            })
            .collect();
        // Before the records: a later one may belong to a client that an earlier one's repair makes.
        for repair in &decisions.repairs {
            if let Some(kind) = repair.new_client {
                store::clients::insert(connection, group, repair.to, kind, self.now).await?;
            }
        }
        let mut beside = match self.beside {
            Some(database) => database.begin_ahead_if_free(&self.caller.group).await,
            None => None,
        };
        let mut records_to_store = records.as_slice();
        if decisions.change_cards() {
            // What follows goes by where the records are once cards are repaired.
            let nothing = Following::default();
            store::records::insert(connection, group, &records, &nothing, beside.as_deref_mut()).await?;
            self.repair(connection, decisions).await?;
            records_to_store = &[];
        }
        let clients: BTreeSet<Uuid> = records.iter().map(|record| record.client_id).collect();
        let clients: Vec<Uuid> = clients.into_iter().collect();
        let roots = if decisions.change_cards() || decisions.roots.len() < clients.len() {
            store::clients::roots_of(connection, group, &clients).await?
        } else {
            decisions.roots.clone()
        };
        let mut said = Facts::default();
        let spoken = self.spoken.clone().filter(|_| !decisions.change_cards());
        let stated = Stated {
            records: &records,
            vehicles: &vehicles,
            roots: &roots,
        };
        let following = Following {
            statements: roles::state_vehicles(connection, self.caller, &stated, spoken, self.now, &mut said)
                .await?,
            entries: records
                .iter()
                .filter_map(|record| activity(self.caller, record))
                .collect(),
            touched: touched(&records, &roots),
        };
        let beside_of = beside.as_deref_mut().filter(|_| !records_to_store.is_empty());
        let cards =
            store::records::insert(connection, group, records_to_store, &following, beside_of).await?;
        if let Some(beside) = beside {
            beside.commit().await?;
        }
        said.append(self.announce(&records, &roots, &cards));
        self.take_consents(connection, &records, &roots, &mut said)
            .await?;
        if self.refusals {
            let came = records.iter().zip(readings).map(|(record, reading)| Came {
                record_id: record.id,
                client_id: record.client_id,
                profile: &reading.profile,
            });
            let came: Vec<Came<'_>> = came.collect();
            refusals::come_back(connection, group, &came, self.now).await?;
        }
        let doubts = records
            .iter()
            .zip(&decisions.records)
            .flat_map(|(record, decided)| {
                let others = decided.doubts.iter();
                others.map(|(other, why)| ((record.client_id, *other), why))
            });
        let parted = decisions.parted.iter().map(|(pair, why)| (*pair, why));
        let doubts: Vec<((Uuid, Uuid), &Explained)> = doubts.chain(parted).collect();
        if !doubts.is_empty() {
            let doubtful: BTreeSet<Uuid> = doubts
                .iter()
                .flat_map(|((one, other), _)| [*one, *other])
                .collect();
            let doubtful: Vec<Uuid> = doubtful.into_iter().collect();
            let riches = store::reviews::riches(connection, group, &doubtful).await?;
            self.ask(connection, &doubts, &riches, &mut said).await?;
        }
        for record in &records {
            metrics::counter!("edina_registry_resolved_total",
                "source" => record.said.source.clone(), "outcome" => record.outcome.to_owned())
            .increment(1);
        }
        let owners = cards.into_iter().map(|(root, card)| (root, card.owners));
        Ok(Stored {
            roots,
            owners: owners.collect(),
            said,
        })
    }

    /// Joins and takes apart the cards that were there.
    async fn repair(
        &self,
        connection: &mut PgConnection,
        decisions: &Decisions,
    ) -> Result<(), RegistryError> {
        let engine = Caller {
            actor: None,
            ..self.caller.clone()
        };
        for merged in &decisions.merges {
            let cause = Cause {
                record_id: merged.cause,
                import_id: self.import_id,
                model_version: self.model_version,
                why: &merged.why,
            };
            merge::link_by_engine(connection, &engine, (merged.one, merged.other), &cause, self.now).await?;
        }
        for repair in &decisions.repairs {
            let moved = Move {
                id: Uuid::now_v7(),
                source_record_id: repair.record_id,
                from_client_id: repair.from,
                to_client_id: repair.to,
                at: self.now,
                by_employee_id: String::new(),
                reason: "repair".to_owned(),
                cause_record_id: Some(repair.cause),
                import_id: self.import_id,
                model_version: Some(self.model_version),
            };
            moves::make(connection, &engine, &[moved], self.now).await?;
        }
        Ok(())
    }
}

/// The search terms of a record but those of numbers its client is known to have: every end of a number is a term.
fn terms_to_add<'a>(reading: &'a Reading<'_>, decided: &Decided) -> Vec<&'a Term> {
    let known = |term: &Term| {
        term.kind == "phone" && decided.numbers.iter().any(|number| number.ends_with(&term.term))
    };
    reading.terms.iter().filter(|term| !known(term)).collect()
}

/// Begins the ids of records in which people say what a client is to a vehicle.
pub(in crate::registry) const ROLE_SAID: &str = "vehicle_role:";

/// Begins the ids of records of people who stay when their company ends.
pub(in crate::registry) const STAYED: &str = "left:";

/// The timeline entry of a deal or a visit. Leads and calls are told by their own services.
pub(crate) fn activity(caller: &Caller, record: &NewRecord<'_>) -> Option<Entry> {
    let kind = match record.said.kind.as_str() {
        kind @ ("sale" | "repair_order") => kind,
        // What a person says of a car he says at his desk, and nobody came because a company ended.
        "contact"
            if [ROLE_SAID, STAYED]
                .iter()
                .any(|said| record.said.external_id.starts_with(said)) =>
        {
            return None;
        }
        "contact" => "visit",
        _ => return None,
    };
    let money = record.said.amount.as_ref();
    let facts = [
        ("source", record.said.source.clone()),
        (
            "amount_minor",
            money.map(|money| money.minor.to_string()).unwrap_or_default(),
        ),
        (
            "currency",
            money.map(|money| money.currency.clone()).unwrap_or_default(),
        ),
    ];
    let entry = facts::own_entry(
        caller,
        record.client_id,
        kind,
        record.id.to_string(),
        record.occurred_at,
        &facts,
    );
    Some(Entry {
        department: record.said.department.clone(),
        branch_id: record.said.branch_id.clone(),
        text: record.said.comment.clone(),
        dedupe_key: format!("record:{}", record.id),
        ..entry
    })
}
