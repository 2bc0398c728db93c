//! Records of some clients as rows for `COPY`.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Range,
    sync::{Mutex, PoisonError},
};

use anyhow::Context as _;
use edina_identity::{
    Profile,
    engine::{base, keys, profile::PROFILE_VERSION},
};
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Load, Loaded};
use crate::{
    client::{
        brief,
        evidence::{self, VehicleRead},
        record::Said,
        search_terms::{self, Term},
        texts::Texts,
    },
    registry::activity,
    store::{
        copy::{Row, Tables},
        keys::total_row,
        records::NewRecord,
    },
};

/// The words of names that were met so far.
#[derive(Default)]
pub(super) struct Dictionary(Mutex<HashSet<String>>);

impl Dictionary {
    /// Whether the word is new; it is not any more.
    fn learns(&self, word: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !known.contains(word) && known.insert(word.to_owned())
    }
}

/// Rows of some clients.
pub(super) struct Batch {
    pub(super) tables: Tables,
    pub(super) loaded: Loaded,
}

impl Batch {
    /// Reads the records of these clients.
    pub(super) fn read<F: Fn(u64) -> Vec<Said>>(
        load: &Load<F>,
        dictionary: &Dictionary,
        clients: Range<u64>,
    ) -> anyhow::Result<Self> {
        let mut batch = Self {
            tables: Tables::default(),
            loaded: Loaded::default(),
        };
        for number in clients {
            let records = (load.records)(number);
            batch
                .client(load, dictionary, &records)
                .with_context(|| format!("client {number}"))?;
        }
        Ok(batch)
    }

    fn client<F>(&mut self, load: &Load<F>, dictionary: &Dictionary, records: &[Said]) -> anyhow::Result<()> {
        let group = load.group.as_str();
        let client_id = Uuid::now_v7();
        let mut vehicle_ids = HashMap::new();
        let mut found_by: Vec<Term> = Vec::new();
        let mut found_under = BTreeSet::new();
        for (ordinal, said) in records.iter().enumerate() {
            anyhow::ensure!(said.consents.is_empty(), "consents are not loaded");
            let normalised = evidence::read(said, load.now, &load.home)?;
            if ordinal == 0 {
                Row::of(&mut self.tables.clients)
                    .text(group)
                    .id(client_id)
                    .text(evidence::client_kind(&normalised))
                    .id(client_id)
                    .number(i64::try_from(records.len())?)
                    .time(load.now);
                self.loaded.clients += 1;
            }
            let profile = Profile::of(&normalised);
            let texts = Texts::of(said, &normalised, &profile).context("a text holds a NUL character")?;
            let keys = keys::numbers(&profile);
            let record = NewRecord {
                id: Uuid::now_v7(),
                client_id,
                new_client: None,
                occurred_at: said.occurred_at.unwrap_or(load.now),
                received_at: load.now,
                outcome: if ordinal == 0 { "created" } else { "linked" },
                said,
                texts: &texts,
                keys: &keys,
                terms: Vec::new(),
                why: None,
                import_id: None,
            };
            self.record(load, &record, &profile)?;
            found_under.extend(keys.iter().copied());
            let vehicles = evidence::vehicles_of(said, &normalised, record.id);
            found_by.extend(search_terms::terms(said, &normalised, &vehicles));
            self.vehicles(group, &record, vehicles, &mut vehicle_ids);
            self.loaded.records += 1;
        }
        for key in found_under {
            Row::of(&mut self.tables.client_keys)
                .text(group)
                .number(key)
                .id(client_id);
        }
        found_by.sort();
        found_by.dedup_by(|a, b| a.kind == b.kind && a.term == b.term);
        let (words, sounds) = search_terms::dictionary(found_by.iter());
        for (word, sound) in words
            .iter()
            .zip(&sounds)
            .filter(|(word, _)| dictionary.learns(word))
        {
            Row::of(&mut self.tables.name_words)
                .text(group)
                .text(word)
                .text(sound);
        }
        for term in found_by {
            Row::of(&mut self.tables.search_terms)
                .text(group)
                .text(term.kind)
                .text(&term.term)
                .id(client_id)
                .text(&term.shown);
        }
        Ok(())
    }

    fn record<F>(&mut self, load: &Load<F>, record: &NewRecord<'_>, profile: &Profile) -> anyhow::Result<()> {
        let (group, said) = (load.group.as_str(), record.said);
        Row::of(&mut self.tables.source_records)
            .text(group)
            .id(record.id)
            .id(record.client_id)
            .text(&said.source)
            .text(&said.external_id)
            .bytes(&record.texts.content_hash)
            .text(&said.kind)
            .time(record.occurred_at)
            .time(record.received_at)
            .text(&said.branch_id)
            .text(&said.department)
            .text(record.outcome)
            .text(&record.texts.raw)
            .text(&record.texts.normalised)
            .text(&record.texts.brief)
            .number(brief::VERSION.into())
            .text(&record.texts.profile)
            .number(PROFILE_VERSION.into());
        let mut counted = base::terms(profile);
        counted.push(total_row(record.id));
        counted.sort();
        counted.dedup();
        for (kind, value) in &counted {
            Row::of(&mut self.tables.counted)
                .text(group)
                .text(kind)
                .text(value);
        }
        let nobody = Caller {
            service: crate::NAME.to_owned(),
            group: load.group.clone(),
            actor: None,
        };
        if let Some(entry) = activity(&nobody, record) {
            Row::of(&mut self.tables.timeline_entries)
                .text(group)
                .id(entry.id)
                .id(entry.client_id)
                .time(entry.at)
                .text(&entry.kind)
                .text(&entry.department)
                .text(&entry.branch_id)
                .text(&entry.ref_service)
                .text(&entry.ref_id)
                .text(&entry.actor_employee_id)
                .text(&serde_json::to_string(&*entry.facts)?)
                .text(&entry.text)
                .text(&entry.dedupe_key);
        }
        Ok(())
    }

    fn vehicles(
        &mut self,
        group: &str,
        record: &NewRecord<'_>,
        vehicles: Vec<VehicleRead>,
        known: &mut HashMap<String, Uuid>,
    ) {
        for vehicle in vehicles {
            let vehicle_id = *known.entry(vehicle.key).or_insert_with_key(|key| {
                let id = Uuid::now_v7();
                Row::of(&mut self.tables.vehicles)
                    .text(group)
                    .id(id)
                    .text(key)
                    .time(record.received_at);
                id
            });
            Row::of(&mut self.tables.vehicle_statements)
                .text(group)
                .id(vehicle_id)
                .id(record.id)
                .id(record.client_id)
                .text(&vehicle.role)
                .time(record.occurred_at)
                .text(&vehicle.family);
        }
    }
}
