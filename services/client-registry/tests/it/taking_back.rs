//! What an import, a person or a model did is taken back exactly: cards, timelines, roles, owners, consents.

use std::collections::BTreeMap;

use edina_proto::registry::v1::{
    BeginImportRequest, Card, ConsentStatement, FinishImportRequest, ImportBatch, ImportRow,
    ImportRowsRequest, MoveRecordRequest, SourceRecord, TimelineEntry, UndoImportRequest, UndoModelRequest,
    UndoMoveRequest, import_row, resolved_record::Answer,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::support::{self, Group, car, record};

const PEOPLE: usize = 14;
const SEEDS: [u64; 3] = [3, 14, 159];

/// What one of few people says this time: more or less of it, sometimes with a slip.
pub fn said(random: &mut StdRng, name: &str) -> SourceRecord {
    let who = random.random_range(0..PEOPLE);
    let surnames = ["Соколов", "Гусева", "Ткаченко", "Абдуллин", "Филатова"];
    let given = ["Пётр", "Анна", "Олег", "Марат", "Юлия"];
    // Every third shares surname and phone with the one before: a family.
    let family = if who.is_multiple_of(3) { who } else { who - 1 };
    let surname = surnames[family % surnames.len()];
    let first = given[(who * 7 + 3) % given.len()];
    let phone = 79_031_000_000_u64 + (family as u64 + 1) * 7_654_321 % 900_000_000;
    let mut record = SourceRecord {
        full_name: match random.random_range(0..4) {
            0 => String::new(),
            1 => format!("{surname} {}.", first.chars().next().unwrap()),
            _ => format!("{surname} {first}"),
        },
        ..record("service_dms", name, "repair_order", random.random_range(0..90))
    };
    if random.random_bool(0.8) || record.full_name.is_empty() {
        record.phones = vec![phone.to_string()];
    }
    if random.random_bool(0.5) {
        record.birth_date = format!("{}-03-{:02}", 1_950 + who * 3, who + 1);
    }
    if random.random_bool(0.4) {
        record.vehicles = vec![car(&format!("XW7BF4FK30S{:06}", 100_000 + family * 7_919))];
    }
    if random.random_bool(0.3) {
        record.consents = vec![ConsentStatement {
            purpose: "advertising".into(),
            channel: "sms".into(),
            granted: random.random_bool(0.5),
            proof: "form".into(),
            ..Default::default()
        }];
    }
    record
}

/// Two records of one man that nothing joins, and a row that shows him whole.
pub fn one_of_two_cards() -> [SourceRecord; 3] {
    let by_mail = SourceRecord {
        full_name: "Беляков Аркадий Львович".into(),
        birth_date: "1961-05-11".into(),
        emails: vec!["a.belyakov@mail.ru".into()],
        ..record("sales_dms", "s-1", "sale", 2)
    };
    let by_phone = SourceRecord {
        full_name: "Беляков А.".into(),
        phones: vec!["89854100237".into()],
        vehicles: vec![car("XW7BF4FK30S123456")],
        ..record("service_dms", "ro-1", "repair_order", 3)
    };
    let whole = SourceRecord {
        full_name: by_mail.full_name.clone(),
        birth_date: by_mail.birth_date.clone(),
        emails: by_mail.emails.clone(),
        phones: by_phone.phones.clone(),
        vehicles: by_phone.vehicles.clone(),
        ..record("import", "row-whole", "contact", 4)
    };
    [by_mail, by_phone, whole]
}

pub type Shown = (Card, Vec<Told>);

/// An entry with its facts in the order of their names.
pub type Told = (TimelineEntry, BTreeMap<String, String>);

pub fn told(mut entry: TimelineEntry) -> Told {
    let facts = std::mem::take(&mut entry.facts).into_iter().collect();
    (entry, facts)
}

/// Every card of these ids, versions and notes of what people did aside; none where nothing is left.
pub async fn snapshot(group: &Group, ids: &[String]) -> BTreeMap<String, Option<Shown>> {
    let mut all = BTreeMap::new();
    for id in ids {
        let card = group.try_card(id).await.map(|card| Card {
            version: 0,
            // Ages with the clock.
            worth: 0.0,
            // Words taken back stay to be read.
            consent_words: card
                .consent_words
                .iter()
                .filter(|word| word.undone_at.is_none())
                .cloned()
                .collect(),
            ..card
        });
        let shown = match card {
            Ok(card) => {
                let timeline = group
                    .timeline(id)
                    .await
                    .into_iter()
                    .filter(|entry| !is_note(entry))
                    .map(told)
                    .collect();
                Some((card, timeline))
            }
            Err(status) => {
                assert_eq!(status.code(), tonic::Code::NotFound);
                None
            }
        };
        all.insert(id.clone(), shown);
    }
    all
}

/// Whether an entry only notes that people did something or took it back.
fn is_note(entry: &TimelineEntry) -> bool {
    match entry.kind.as_str() {
        "merge" | "unmerge" | "corrected" | "related" | "contact_answered" => true,
        "consent_changed" => entry.actor_employee_id == MISTAKEN,
        _ => false,
    }
}

/// Whoever writes down consents that are taken back.
pub const MISTAKEN: &str = "e-mistaken";

pub async fn arrive(
    group: &Group,
    random: &mut StdRng,
    records: usize,
    prefix: &str,
) -> Vec<(String, String)> {
    let mut came = Vec::new();
    for n in 0..records {
        let answer = group.resolve(said(random, &format!("{prefix}-{n}"))).await;
        came.push((answer.source_record_id, answer.client_id));
    }
    came
}

pub fn clients(came: &[(String, String)]) -> Vec<String> {
    let mut ids: Vec<String> = came.iter().map(|(_, client)| client.clone()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Begins an import and takes the rows in; answers its id and the clients the rows went to.
pub async fn import(group: &Group, key: &str, rows: Vec<SourceRecord>) -> (String, Vec<String>) {
    let begin = BeginImportRequest {
        key: key.into(),
        file_name: "base.csv".into(),
        kind: "contacts".into(),
        ..Default::default()
    };
    let mut client = group.client();
    let begun = client.begin_import(group.ask(begin)).await.unwrap().into_inner();
    let count = rows.len() as u64;
    let request = ImportRowsRequest {
        import_id: begun.import_id.clone(),
        first_row: 0,
        rows: rows
            .into_iter()
            .zip(2..)
            .map(|(record, line)| ImportRow {
                line,
                content: Some(import_row::Content::Record(record)),
            })
            .collect(),
    };
    let taken = client.import_rows(group.ask(request)).await.unwrap().into_inner();
    let finish = FinishImportRequest {
        import_id: begun.import_id.clone(),
        rows: count,
    };
    let done = client
        .finish_import(group.ask(finish))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(done.state, "done");
    let counts = done.counts.unwrap();
    assert_eq!(
        counts.created + counts.linked + counts.to_review + counts.known,
        count
    );
    let went = taken
        .rows
        .into_iter()
        .filter_map(|row| match row.answer? {
            Answer::Resolved(resolved) => Some(resolved.client_id),
            Answer::Refusal(refusal) => panic!("{refusal:?}"),
        })
        .collect();
    (begun.import_id, went)
}

/// Takes an import back; asks again until that has ended, as whoever waits for it does.
pub async fn take_back_import(group: &Group, import_id: &str) -> ImportBatch {
    for _ in 0..100 {
        let request = UndoImportRequest {
            import_id: import_id.into(),
        };
        let undone = group.client().undo_import(group.ask(request)).await.unwrap();
        let undone = undone.into_inner();
        if undone.state != "undoing" {
            return undone;
        }
    }
    panic!("{import_id} is not taken back");
}

#[test]
fn an_import_is_taken_back_exactly_and_can_come_again() {
    support::run(async |_| {
        for seed in SEEDS {
            let group = Group::new();
            let mut random = StdRng::seed_from_u64(seed);
            let came = arrive(&group, &mut random, 30, "before").await;
            let ids = clients(&came);
            let before = snapshot(&group, &ids).await;
            let rows: Vec<SourceRecord> = (0..25).map(|n| said(&mut random, &format!("row-{n}"))).collect();
            let (import_id, went) = import(&group, "k", rows.clone()).await;
            assert_ne!(
                snapshot(&group, &ids).await,
                before,
                "seed {seed}: the import changed cards"
            );
            assert_eq!(take_back_import(&group, &import_id).await.state, "undone");
            assert_eq!(
                snapshot(&group, &ids).await,
                before,
                "seed {seed}: everything is as it was"
            );
            for id in went.iter().filter(|id| !ids.contains(id)) {
                assert!(
                    group.try_card(id).await.is_err(),
                    "seed {seed}: {id} has no records left"
                );
            }
            // Whoever sent the rows is late with saying that they were all.
            let late = FinishImportRequest {
                import_id: import_id.clone(),
                rows: 25,
            };
            let refused = group.client().finish_import(group.ask(late)).await.unwrap_err();
            assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
            // An answer that was lost is asked for again.
            assert_eq!(take_back_import(&group, &import_id).await.state, "undone");
            let (_, second) = import(&group, "k", rows).await;
            assert_eq!(second.len(), went.len());
        }
    });
}

#[test]
fn a_moved_record_comes_back_exactly() {
    support::run(async |_| {
        for seed in SEEDS {
            let group = Group::new();
            let mut random = StdRng::seed_from_u64(seed);
            let came = arrive(&group, &mut random, 30, "r").await;
            let ids = clients(&came);
            let before = snapshot(&group, &ids).await;
            for _ in 0..8 {
                let (record, _) = &came[random.random_range(0..came.len())];
                let to = if random.random_bool(0.5) {
                    String::new()
                } else {
                    ids[random.random_range(0..ids.len())].clone()
                };
                let request = MoveRecordRequest {
                    source_record_id: record.clone(),
                    to_client_id: to,
                };
                let Ok(moved) = group.client().move_record(group.ask(request)).await else {
                    continue;
                };
                let undo = UndoMoveRequest {
                    move_id: moved.into_inner().move_id,
                };
                group.client().undo_move(group.ask(undo)).await.unwrap();
                assert_eq!(snapshot(&group, &ids).await, before, "seed {seed}");
            }
        }
    });
}

#[test]
fn what_a_model_linked_is_parted_by_one_call() {
    support::run(async |group| {
        let mut random = StdRng::seed_from_u64(7);
        let came = arrive(&group, &mut random, 40, "m").await;
        let cards = clients(&came).len();
        assert!(cards < came.len(), "some were linked");
        let request = UndoModelRequest { model_version: 0 };
        let undone = group
            .client()
            .undo_model(group.ask(request))
            .await
            .unwrap()
            .into_inner();
        assert!(undone.records > 0);
        let request = UndoModelRequest { model_version: 0 };
        let nothing = group
            .client()
            .undo_model(group.ask(request))
            .await
            .unwrap()
            .into_inner();
        assert_eq!((nothing.records, nothing.merges, nothing.moves), (0, 0, 0));
        for (_, client) in &came {
            let shown = group.try_card(client).await.unwrap();
            assert_eq!(shown.source_record_count, 1, "{client}");
        }
    });
}
