//! A group, what it was told, and what can be read of it without ids.

use std::collections::BTreeMap;

use edina_identity::engine::Model;
use edina_postgres::Tx;
use edina_proto::registry::v1::{
    Card, MoveRecordRequest, ResolveSourcesRequest, SetIdentitySettingsRequest, SourceRecord,
    resolved_record::Answer,
};

use crate::support::Group;

/// The first second of June 2026: records of tests are older, what is done now is younger.
const NOW: i64 = 1_780_272_000;

/// A group, and the records it got, by the ids their source knows them by.
pub(super) struct Told {
    pub(super) group: Group,
    pub(super) records: BTreeMap<String, String>,
    /// The cards before the model came.
    pub(super) before: Vec<String>,
}

impl Told {
    pub(super) fn take(&mut self, external_id: &str, record_id: String) {
        self.records.insert(external_id.to_owned(), record_id);
    }

    pub(super) async fn resolve(&mut self, record: &SourceRecord) {
        let answer = self.group.resolve(record.clone()).await;
        self.take(&record.external_id, answer.source_record_id);
    }

    pub(super) async fn resolve_many(&mut self, records: &[SourceRecord]) {
        let request = ResolveSourcesRequest {
            records: records.to_vec(),
        };
        let reply = self.group.client().resolve_sources(self.group.ask(request)).await;
        for (record, answer) in records.iter().zip(reply.unwrap().into_inner().records) {
            let Some(Answer::Resolved(resolved)) = answer.answer else {
                panic!("{answer:?}")
            };
            self.take(&record.external_id, resolved.source_record_id);
        }
    }

    /// A transaction of the group's.
    pub(super) async fn begin(&self) -> Tx {
        let group = &self.group.caller.group;
        self.group.world().database.begin(group).await.unwrap()
    }

    /// The client that has the record.
    pub(super) async fn client_of(&self, external_id: &str) -> String {
        let mut tx = self.begin().await;
        sqlx::query_scalar("select client_id::text from source_records where id = $1::uuid")
            .bind(&self.records[external_id])
            .fetch_one(&mut *tx)
            .await
            .unwrap()
    }

    pub(super) async fn move_to(&self, external_id: &str, to_client_id: String) -> String {
        let request = MoveRecordRequest {
            source_record_id: self.records[external_id].clone(),
            to_client_id,
        };
        let moved = self.group.client().move_record(self.group.ask(request)).await;
        moved.unwrap().into_inner().move_id
    }

    /// Stores a model as training does, and has it decide.
    pub(super) async fn decide_by(&self, version: i32, model: &Model) {
        let mut tx = self.begin().await;
        sqlx::query(
            "insert into identity_models (group_id, version, model, records, trained_at, by_employee_id)
             values ($1, $2, $3::jsonb, 0, now(), '')",
        )
        .bind(self.group.caller.group.as_str())
        .bind(version)
        .bind(serde_json::to_string(model).unwrap())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let request = SetIdentitySettingsRequest {
            model_version: Some(version),
            ..Default::default()
        };
        self.group
            .client()
            .set_identity_settings(self.group.ask(request))
            .await
            .unwrap();
    }

    /// Every card as its first record names it, with what it shows and its timeline; ids of this group by the names of
    /// records, moments of now left out.
    pub(super) async fn shown(&self) -> BTreeMap<String, String> {
        let names: BTreeMap<&str, &str> = self
            .records
            .iter()
            .map(|(name, id)| (id.as_str(), name.as_str()))
            .collect();
        let mut cards: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in self.records.keys() {
            let card = self.group.card(&self.client_of(name).await).await;
            cards.entry(card.client_id).or_default().push(name);
        }
        let mut shown = BTreeMap::new();
        for (id, records) in &cards {
            let card = self.group.card(id).await;
            assert_eq!(card.source_record_count as usize, records.len());
            let card = Card {
                version: 0,
                // Ages with the clock.
                worth: 0.0,
                // Of what was asked, linked and taken back the history is kept.
                reviews: vec![],
                merges: vec![],
                created_at: None,
                ..card
            };
            let timeline = self.group.timeline(id).await;
            let timeline: Vec<_> = timeline
                .into_iter()
                .filter(|entry| !matches!(entry.kind.as_str(), "merge" | "unmerge"))
                .map(|mut entry| {
                    let facts: BTreeMap<_, _> = std::mem::take(&mut entry.facts).into_iter().collect();
                    (entry, facts)
                })
                .collect();
            let text = format!("{card:#?} {timeline:#?}");
            shown.insert(records.join(" "), without_ids(&text, &names));
        }
        shown
    }
}

/// The text with records by their names, all other ids and all moments of this year's end by a mark.
fn without_ids(text: &str, names: &BTreeMap<&str, &str>) -> String {
    let is_id = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
    let is_now = |word: &str| word.parse::<i64>().is_ok_and(|second| second > NOW);
    let mut lines: Vec<String> = Vec::new();
    // Whoever looked after the card before depends on what it was then.
    for line in text.lines().filter(|line| !line.contains("previous_employee_id")) {
        let parts: Vec<&str> = line
            .split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .collect();
        let line: String = parts
            .iter()
            .map(|part| {
                let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
                let rest = &part[word.len()..];
                match names.get(word) {
                    Some(name) => format!("{name}{rest}"),
                    None if is_id(word) => format!("#{rest}"),
                    None if is_now(word) => format!("now{rest}"),
                    None => (*part).to_owned(),
                }
            })
            .collect();
        // The fraction of a moment of now.
        let follows_now = lines.last().is_some_and(|last| last.contains("seconds: now"));
        lines.push(if follows_now && line.contains("nanos:") {
            "nanos".into()
        } else {
            line
        });
    }
    lines.join("\n")
}
