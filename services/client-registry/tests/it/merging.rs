//! Merging only links: whatever is merged and unmerged in whatever order, every card is what its links say, and an
//! unmerge gives back exactly what was before.

use std::collections::BTreeMap;

use edina_proto::registry::v1::{
    Card, ConsentStatement, GetSummariesRequest, MergeClientsRequest, RecordConsentRequest, SourceRecord,
    TimelineEntry, UndoMergeRequest,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::support::{self, Group, car, record};

const CLIENTS: usize = 6;
const STEPS: usize = 30;
const SEEDS: [u64; 2] = [1, 20];

/// A card as it must come back: the version counts on.
fn comparable(card: Card) -> Card {
    // Its worth fades with every moment.
    Card {
        version: 0,
        worth: 0.0,
        ..card
    }
}

/// Everything but the notes of the merges themselves.
fn without_merges(timeline: Vec<TimelineEntry>) -> Vec<TimelineEntry> {
    timeline
        .into_iter()
        .filter(|entry| !matches!(entry.kind.as_str(), "merge" | "unmerge"))
        .collect()
}

async fn snapshot(group: &Group, ids: &[String]) -> Vec<(Card, Vec<TimelineEntry>)> {
    let mut all = Vec::new();
    for id in ids {
        all.push((
            comparable(group.card(id).await),
            without_merges(group.timeline(id).await),
        ));
    }
    all
}

async fn people(group: &Group) -> Vec<String> {
    let mut ids = Vec::new();
    let names = [
        "Абрамов Илья",
        "Белова Ольга",
        "Громов Павел",
        "Дроздов Юрий",
        "Ершов Фёдор",
        "Жукова Нина",
        "Зайцев Олег",
    ];
    for (n, name) in names.iter().enumerate().take(CLIENTS) {
        let day = i64::try_from(n).unwrap();
        let said = SourceRecord {
            full_name: (*name).into(),
            phones: vec![format!("8916555{:04}", 1000 + n)],
            emails: vec![format!("person{n}@mail.ru")],
            // Neighbours share a car: owner spans depend on who is merged.
            vehicles: vec![car(&format!("XW7BF4FK30S12345{}", n / 2))],
            comment: format!("visit {n}"),
            channel: "walk-in".into(),
            ..record("service_dms", &format!("ro-{n}"), "repair_order", day)
        };
        let id = group.resolve(said).await.client_id;
        for (channel, granted) in [("sms", n % 2 == 0), ("email", true)] {
            let consent = ConsentStatement {
                purpose: "advertising".into(),
                channel: channel.into(),
                granted,
                proof: format!("form {n}"),
                ..Default::default()
            };
            let request = RecordConsentRequest {
                client_id: id.clone(),
                consent: Some(consent),
            };
            group.client().record_consent(group.ask(request)).await.unwrap();
        }
        support::own(group, &id, "service", &format!("e-{n}")).await;
        ids.push(id);
    }
    ids
}

/// The partition that the active merges make, by union-find over indexes.
fn components(active: &BTreeMap<String, (usize, usize)>) -> Vec<usize> {
    let mut root: Vec<usize> = (0..CLIENTS).collect();
    for _ in 0..CLIENTS {
        for (a, b) in active.values() {
            let least = root[*a].min(root[*b]);
            root[*a] = least;
            root[*b] = least;
        }
    }
    root
}

#[test]
fn merges_and_unmerges_in_any_order_are_exact() {
    support::run(async |_| {
        for seed in SEEDS {
            let group = Group::new();
            let mut random = StdRng::seed_from_u64(seed);
            let ids = people(&group).await;
            let apart = snapshot(&group, &ids).await;
            // Cards by partition: the same links must give the same cards, by whatever road.
            let mut known: BTreeMap<Vec<usize>, Vec<(Card, Vec<TimelineEntry>)>> = BTreeMap::new();
            let mut active: BTreeMap<String, (usize, usize)> = BTreeMap::new();
            for _ in 0..STEPS {
                if random.random_bool(0.55) {
                    let (a, b) = (random.random_range(0..CLIENTS), random.random_range(0..CLIENTS));
                    let request = MergeClientsRequest {
                        client_id: ids[a].clone(),
                        other_client_id: ids[b].clone(),
                        reason: String::new(),
                    };
                    let merged = group.client().merge_clients(group.ask(request)).await;
                    let roots = components(&active);
                    if roots[a] == roots[b] {
                        assert_eq!(merged.unwrap_err().code(), tonic::Code::FailedPrecondition);
                        continue;
                    }
                    active.insert(merged.unwrap().into_inner().merge_id, (a, b));
                } else if let Some(merge_id) = active.keys().cloned().collect::<Vec<_>>().choose(&mut random)
                {
                    undo(&group, merge_id).await;
                    active.remove(merge_id);
                }
                let partition = components(&active);
                let now = snapshot(&group, &ids).await;
                for (n, (card, _)) in now.iter().enumerate() {
                    let root = &ids[partition[n]];
                    assert_eq!(
                        &card.client_id, root,
                        "seed {seed}: an id redirects to its surviving one"
                    );
                }
                let unlinked: Vec<_> = now
                    .into_iter()
                    .map(|(card, timeline)| {
                        (
                            Card {
                                merges: vec![],
                                ..card
                            },
                            timeline,
                        )
                    })
                    .collect();
                let before = known.entry(partition).or_insert_with(|| unlinked.clone());
                assert_eq!(
                    *before, unlinked,
                    "seed {seed}: the same links give the same cards"
                );
            }
            for merge_id in active.keys() {
                undo(&group, merge_id).await;
            }
            assert_eq!(
                snapshot(&group, &ids).await,
                apart,
                "seed {seed}: everything is as it was"
            );
        }
    });
}

async fn undo(group: &Group, merge_id: &str) {
    let request = UndoMergeRequest {
        merge_id: merge_id.into(),
    };
    group.client().undo_merge(group.ask(request)).await.unwrap();
}

#[test]
fn a_record_that_comes_while_merged_goes_with_its_own_half() {
    support::run(async |group| {
        let said = |id: &str, phone: &str| SourceRecord {
            full_name: "Белова Ольга".into(),
            phones: vec![phone.into()],
            ..record("service_dms", id, "repair_order", 1)
        };
        let ids = [
            group.resolve(said("ro-1", "89165551001")).await.client_id,
            group.resolve(said("ro-2", "89037770466")).await.client_id,
        ];
        assert_ne!(ids[0], ids[1]);
        let merge_id = support::merge(&group, &ids[0], &ids[1]).await;
        let late = said("ro-3", "+7 903 777-04-66");
        let resolved = group.resolve(late).await;
        assert_eq!(
            resolved.client_id, ids[0],
            "the card answers with its surviving id"
        );
        undo(&group, &merge_id).await;
        assert_eq!(group.card(&ids[0]).await.source_record_count, 1);
        assert_eq!(group.card(&ids[1]).await.source_record_count, 2);
        let again = UndoMergeRequest { merge_id };
        let refused = group.client().undo_merge(group.ask(again)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    });
}

#[test]
fn old_ids_answer_with_the_survivor() {
    support::run(async |group| {
        let ids = people(&group).await;
        support::merge(&group, &ids[3], &ids[2]).await;
        let card = group.card(&ids[3]).await;
        assert_eq!(card.client_id, ids[2]);
        assert_eq!(card.merged_ids, [ids[3].clone()]);
        assert_eq!(card.merges.len(), 1);
        let asked = GetSummariesRequest {
            client_ids: vec![ids[3].clone(), "nobody".into(), uuid::Uuid::nil().to_string()],
        };
        let found = group
            .client()
            .get_summaries(group.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .clients;
        assert_eq!(found.len(), 1);
        assert_eq!(found[&ids[3]].client_id, ids[2]);
    });
}

#[test]
fn what_the_engine_joins_stays_joined_when_a_person_parts_what_a_person_joined() {
    support::run(async |group| {
        // A caller of whom nothing but a number is known, and who he is, as somebody says.
        let caller = SourceRecord {
            phones: vec!["89035550001".into()],
            ..record("call_tracking", "call-1", "call", 1)
        };
        let caller = group.resolve(caller).await.client_id;
        let by_mail = SourceRecord {
            full_name: "Беляков Аркадий Львович".into(),
            birth_date: "1961-05-11".into(),
            emails: vec!["a.belyakov@mail.ru".into()],
            ..record("sales_dms", "s-1", "sale", 2)
        };
        let by_mail = group.resolve(by_mail).await.client_id;
        let merged = support::merge(&group, &caller, &by_mail).await;
        // The same man by his number, and then by all of it.
        let by_phone = SourceRecord {
            full_name: "Беляков А.".into(),
            phones: vec!["89854100237".into()],
            vehicles: vec![car("XW7BF4FK30S123456")],
            ..record("service_dms", "ro-1", "repair_order", 3)
        };
        let by_phone = group.resolve(by_phone).await.client_id;
        assert_ne!(
            group.card(&by_phone).await.client_id,
            caller,
            "nothing shows it yet"
        );
        let whole = SourceRecord {
            full_name: "Беляков Аркадий Львович".into(),
            birth_date: "1961-05-11".into(),
            emails: vec!["a.belyakov@mail.ru".into()],
            phones: vec!["89854100237".into()],
            vehicles: vec![car("XW7BF4FK30S123456")],
            ..record("service_dms", "ro-2", "repair_order", 4)
        };
        group.resolve(whole).await;
        assert_eq!(
            group.card(&by_phone).await.client_id,
            caller,
            "the engine joined the two"
        );
        assert_eq!(group.card(&by_phone).await.source_record_count, 4);

        let undo = UndoMergeRequest { merge_id: merged };
        group.client().undo_merge(group.ask(undo)).await.unwrap();
        assert_eq!(group.card(&caller).await.source_record_count, 1);
        let man = group.card(&by_phone).await;
        assert_eq!((&man.client_id, man.source_record_count), (&by_mail, 3));
    });
}
