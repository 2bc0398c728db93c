//! What a model did is taken back exactly: what is left is what a twin of the group has in which that model never linked
//! anything.

mod told;

use std::collections::BTreeMap;

use edina_identity::engine::Model;
use edina_proto::registry::v1::{
    Company, ConsentStatement, RecordConsentRequest, SourceRecord, UndoModelReply, UndoModelRequest,
    UndoMoveRequest,
};
use rand::{SeedableRng as _, rngs::StdRng};
use told::Told;

use crate::{
    support::{self, Group, merge, own, record},
    taking_back::{import, said},
};

const SEEDS: [u64; 3] = [11, 42, 77];
const BEFORE: usize = 24;
const BY_MODEL: usize = 24;
/// Never reached.
const NEVER: f64 = 1e6;

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
    let mut tx = told.begin().await;
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
    // Who gave a number and no name went by that, whatever a model says: in the other group, too.
    let without_calls = |card: &String| {
        let names = card.split(' ').filter(|name| !name.starts_with("model"));
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        is.keys().filter(of_before).map(without_calls).collect::<Vec<_>>(),
        linked.before.clone(),
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
