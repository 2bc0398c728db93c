//! What a model did is taken back exactly: what is left is what a twin of the group has in which that model never linked
//! anything.

use std::collections::BTreeMap;

use edina_identity::engine::Model;
use edina_proto::registry::v1::{
    Card, Company, ConsentStatement, MoveRecordRequest, RecordConsentRequest, ResolveSourcesRequest,
    SetIdentitySettingsRequest, SourceRecord, UndoModelReply, UndoModelRequest, UndoMoveRequest,
    resolved_record::Answer,
};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    support::{self, Group, merge, own, record},
    taking_back::{import, said},
};

const SEEDS: [u64; 3] = [11, 42, 77];
const BEFORE: usize = 24;
const BY_MODEL: usize = 24;
/// Never reached.
const NEVER: f64 = 1e6;

/// A group, and the records it got, by the ids their source knows them by.
struct Told {
    group: Group,
    records: BTreeMap<String, String>,
    /// The cards before the model came.
    before: Vec<String>,
}

impl Told {
    fn take(&mut self, external_id: &str, record_id: String) {
        self.records.insert(external_id.to_owned(), record_id);
    }

    async fn resolve(&mut self, record: &SourceRecord) {
        let answer = self.group.resolve(record.clone()).await;
        self.take(&record.external_id, answer.source_record_id);
    }

    async fn resolve_many(&mut self, records: &[SourceRecord]) {
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

    /// The client that has the record.
    async fn client_of(&self, external_id: &str) -> String {
        let mut tx = self
            .group
            .world()
            .database
            .begin(&self.group.caller.group)
            .await
            .unwrap();
        sqlx::query_scalar("select client_id::text from source_records where id = $1::uuid")
            .bind(&self.records[external_id])
            .fetch_one(&mut *tx)
            .await
            .unwrap()
    }

    async fn move_to(&self, external_id: &str, to_client_id: String) -> String {
        let request = MoveRecordRequest {
            source_record_id: self.records[external_id].clone(),
            to_client_id,
        };
        let moved = self.group.client().move_record(self.group.ask(request)).await;
        moved.unwrap().into_inner().move_id
    }

    /// Stores a model as training does, and has it decide.
    async fn decide_by(&self, version: i32, model: &Model) {
        let mut tx = self
            .group
            .world()
            .database
            .begin(&self.group.caller.group)
            .await
            .unwrap();
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
    async fn shown(&self) -> BTreeMap<String, String> {
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

/// The first second of June 2026: records of tests are older, what is done now is younger.
const NOW: i64 = 1_780_272_000;

/// A company, and who called about it: only the number says so.
fn of_company(name: &str, number: usize, names_it: bool) -> SourceRecord {
    let record = record("service_dms", name, "repair_order", 20);
    SourceRecord {
        phones: vec![format!("7495123{number:04}")],
        company: names_it.then(|| Company {
            name: format!("ООО «Ромашка {number}»"),
            inn: "7707083893".into(),
            ..Default::default()
        }),
        ..record
    }
}

/// What people and sources did before the model came, and after: the same in both groups.
async fn live(told: &mut Told, seed: u64, model: &Model) -> String {
    let mut random = StdRng::seed_from_u64(seed);
    let before: Vec<SourceRecord> = (0..BEFORE)
        .map(|n| said(&mut random, &format!("before-{n:02}")))
        .collect();
    for record in &before[..BEFORE / 2] {
        told.resolve(record).await;
    }
    told.resolve_many(&before[BEFORE / 2..]).await;
    told.resolve(&of_company("before-company", 7, true)).await;
    for n in (0..BEFORE).step_by(5) {
        let (one, other) = (
            told.client_of(&format!("before-{n:02}")).await,
            told.client_of(&format!("before-{:02}", (n + 7) % BEFORE)).await,
        );
        let (a, b) = (
            told.group.card(&one).await.client_id,
            told.group.card(&other).await.client_id,
        );
        if a != b {
            merge(&told.group, &one, &other).await;
        }
        own(&told.group, &one, "sales", &format!("e-{n}")).await;
    }

    told.before = told.shown().await.into_keys().collect();
    let mut whose = Vec::new();
    for n in 0..BEFORE {
        whose.push(told.client_of(&format!("before-{n:02}")).await);
    }

    told.decide_by(1, model).await;
    let by_model: Vec<SourceRecord> = (0..BY_MODEL)
        .map(|n| said(&mut random, &format!("model-{n:02}")))
        .collect();
    for record in &by_model[..8] {
        told.resolve(record).await;
    }
    told.resolve_many(&by_model[8..16]).await;
    import(&told.group, "file", by_model[16..].to_vec()).await;
    let mut tx = told
        .group
        .world()
        .database
        .begin(&told.group.caller.group)
        .await
        .unwrap();
    let imported: Vec<(String, String)> =
        sqlx::query_as("select external_id, id::text from source_records where import_id is not null")
            .fetch_all(&mut *tx)
            .await
            .unwrap();
    drop(tx);
    for (external_id, id) in imported {
        told.take(&external_id, id);
    }
    told.resolve(&of_company("model-company", 7, false)).await;
    // What people do meanwhile stays.
    for n in (1..BEFORE).step_by(6) {
        let client_id = whose[n].clone();
        own(&told.group, &client_id, "service", &format!("s-{n}")).await;
        let request = RecordConsentRequest {
            client_id,
            consent: Some(ConsentStatement {
                purpose: "advertising".into(),
                channel: "email".into(),
                granted: true,
                proof: "asked".into(),
                ..Default::default()
            }),
        };
        told.group
            .client()
            .record_consent(told.group.ask(request))
            .await
            .unwrap();
    }
    // Also that a record of the model's is somebody else's: nobody's of those who were there.
    told.move_to("model-03", String::new()).await
}

#[test]
fn what_is_left_is_what_was_without_the_model() {
    support::run(async |_| {
        for seed in SEEDS {
            let new = || Told {
                group: Group::new(),
                records: BTreeMap::new(),
                before: Vec::new(),
            };
            let (mut linked, mut apart) = (new(), new());
            let model = Model::default();
            let mut never = model.clone();
            (never.thresholds.link, never.thresholds.ask) = (NEVER, NEVER);
            let moved = live(&mut linked, seed, &model).await;
            let moved_apart = live(&mut apart, seed, &never).await;
            assert_ne!(
                linked.shown().await,
                apart.shown().await,
                "seed {seed}: the model linked"
            );

            // What it has no odds for it takes apart, as any model does; that is all it has to take back.
            let taken = undo(&apart).await;
            assert_eq!((taken.records, taken.merges), (0, 0), "seed {seed}: {taken:?}");
            let taken = undo(&linked).await;
            assert!(taken.records > 0, "seed {seed}: {taken:?}");
            compare(seed, &linked, &apart).await;
            assert_eq!(
                undo(&linked).await,
                UndoModelReply::default(),
                "seed {seed}: nothing is left"
            );
            compare(seed, &linked, &apart).await;
            // A person's word that is taken back later does not bring the model's back.
            for (told, move_id) in [(&linked, moved), (&apart, moved_apart)] {
                let undo = UndoMoveRequest { move_id };
                told.group.client().undo_move(told.group.ask(undo)).await.unwrap();
            }
            compare(seed, &linked, &apart).await;
        }
    });
}

async fn undo(told: &Told) -> UndoModelReply {
    let request = UndoModelRequest { model_version: 1 };
    let undone = told.group.client().undo_model(told.group.ask(request)).await;
    undone.unwrap().into_inner()
}

async fn compare(seed: u64, linked: &Told, apart: &Told) {
    let (is, was) = (linked.shown().await, apart.shown().await);
    let cards = |shown: &BTreeMap<String, String>| shown.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        cards(&is),
        cards(&was),
        "seed {seed}: the same records are together"
    );
    let of_before = |card: &&String| card.starts_with("before");
    assert_eq!(
        is.keys().filter(of_before).collect::<Vec<_>>(),
        linked.before.iter().collect::<Vec<_>>(),
        "seed {seed}: who was there is as he was"
    );
    for (card, was) in &was {
        let other = is[card]
            .lines()
            .zip(was.lines())
            .find(|(one, other)| one != other);
        assert_eq!(&is[card], was, "seed {seed}: {card}: {other:?}");
    }
}
