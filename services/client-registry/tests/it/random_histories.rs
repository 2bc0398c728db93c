//! Random histories of what people and imports do to cards, taken back in random order while newcomers go on coming:
//! everything is as it was, and what the newcomers said is theirs. And whatever is merged, nobody may be written to who could
//! not be before.

use edina_proto::registry::v1::{
    AddByHandRequest, AnswerContactRequest, ConsentStatement, CorrectFieldRequest, DecideReviewRequest,
    ListReviewsRequest, MergeClientsRequest, MoveRecordRequest, PutRelationRequest, RecordConsentRequest,
    ResolveSourcesRequest, SourceRecord, UndoConsentRequest, UndoCorrectionRequest, UndoMergeRequest,
    UndoMoveRequest, UndoRelationRequest, UndoReviewRequest,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use tonic::Code;

use crate::{
    newcomers::{self, Newcomers},
    support::{self, Group, own},
    taking_back::{MISTAKEN, arrive, clients, import, said, snapshot, take_back_import},
};

const SEEDS: [u64; 2] = [2, 71];
const ACTS: usize = 14;

/// The seeds of this run: a longer one names its own, as in `EDINA_TEST_SEEDS=100,101,102`.
fn seeds() -> Vec<u64> {
    match std::env::var("EDINA_TEST_SEEDS") {
        Ok(named) => named
            .split(',')
            .map(|seed| seed.trim().parse().unwrap())
            .collect(),
        Err(_) => SEEDS.to_vec(),
    }
}

/// What was done, and by what it is taken back.
#[derive(Debug, Clone)]
enum Act {
    Merge(String),
    Move(String),
    Correction(String),
    Review(String),
    Import(String),
    Relation(String),
    /// A record added by hand: it is taken away again.
    Addition(String),
    Consent(String),
}

/// A question: its id, its sides, its evidence.
pub type Question = (String, [String; 2], String);

/// The questions that are open.
async fn questions(group: &Group) -> Vec<Question> {
    let request = ListReviewsRequest {
        state: "open".into(),
        ..Default::default()
    };
    let found = group.client().list_reviews(group.ask(request)).await.unwrap();
    let mut open: Vec<Question> = found
        .into_inner()
        .reviews
        .into_iter()
        .map(|review| {
            let sides = [review.left_client_id, review.right_client_id];
            (review.review_id, sides, format!("{:?}", review.evidence))
        })
        .collect();
    open.sort();
    open
}

/// Whether advertising by SMS is refused or not granted on this card; none when there is no such card.
async fn may_be_written_to(group: &Group, client_id: &str) -> Option<bool> {
    let card = group.try_card(client_id).await.ok()?;
    let of = |consent: &&edina_proto::registry::v1::ConsentState| {
        consent.purpose == "advertising" && consent.channel == "sms"
    };
    Some(
        card.consents
            .iter()
            .find(of)
            .is_some_and(|consent| consent.granted),
    )
}

fn pick<'a>(random: &mut StdRng, of: &'a [String]) -> &'a String {
    &of[random.random_range(0..of.len())]
}

/// The group as it is asked by whoever writes down what is taken back.
fn mistaken(group: &Group) -> Group {
    let mut mistaken = group.clone();
    if let Some(actor) = &mut mistaken.caller.actor {
        actor.employee_id = MISTAKEN.into();
    }
    mistaken
}

/// Something done at random; none when it was refused, as to merge what is one or was parted.
async fn act(
    group: &Group,
    random: &mut StdRng,
    (ids, records): (&[String], &[String]),
    newcomers: &Newcomers,
    number: usize,
) -> Option<Act> {
    let mut client = group.client();
    match random.random_range(0..14) {
        10 => {
            let (one, other) = (pick(random, ids), pick(random, ids));
            let request = PutRelationRequest {
                client_id: one.clone(),
                other_client_id: other.clone(),
                kind: ["household", "employer"][number % 2].into(),
                ..Default::default()
            };
            let related = client.put_relation(group.ask(request)).await.ok()?.into_inner();
            Some(Act::Relation(related.relation_id))
        }
        11 => {
            let request = AddByHandRequest {
                client_id: pick(random, ids).clone(),
                record: Some(SourceRecord {
                    phones: vec![format!("7926{}", 5_200_337 + number * 1_111_111)],
                    ..Default::default()
                }),
            };
            let added = client.add_by_hand(group.ask(request)).await.ok()?.into_inner();
            Some(Act::Addition(added.source_record_id))
        }
        12 => {
            let client_id = pick(random, ids).clone();
            let card = group.try_card(&client_id).await.ok()?;
            let contact = card.contacts.first()?;
            let request = AnswerContactRequest {
                client_id,
                kind: contact.kind.clone(),
                value: contact.value.clone(),
                answer: "wrong".into(),
                ..Default::default()
            };
            let answered = client.answer_contact(group.ask(request)).await.ok()?.into_inner();
            Some(Act::Correction(answered.correction_id))
        }
        13 => {
            let request = RecordConsentRequest {
                client_id: pick(random, ids).clone(),
                consent: Some(ConsentStatement {
                    purpose: "advertising".into(),
                    channel: ["sms", "any", "email"][number % 3].into(),
                    granted: random.random_bool(0.5),
                    proof: "asked".into(),
                    ..Default::default()
                }),
            };
            let said = client
                .record_consent(mistaken(group).ask(request))
                .await
                .ok()?
                .into_inner();
            Some(Act::Consent(said.consent_id))
        }
        0..=2 => {
            // Newcomers among themselves: one who comes and is on a card with others has it formed anew, and that stays.
            let among = match newcomers.clients.as_slice() {
                [] => ids,
                clients if random.random_bool(0.3) => clients,
                _ => ids,
            };
            let (one, other) = (pick(random, among), pick(random, among));
            let sides = (
                may_be_written_to(group, one).await,
                may_be_written_to(group, other).await,
            );
            let request = MergeClientsRequest {
                client_id: one.clone(),
                other_client_id: other.clone(),
                reason: "test".into(),
            };
            let merged = client.merge_clients(group.ask(request)).await.ok()?.into_inner();
            // One of them was never asked, and counts as neither; who refused stays unwritten to.
            if may_be_written_to(group, one).await == Some(true) {
                assert!(sides.0 == Some(true) || sides.1 == Some(true), "{one} {other}");
            }
            Some(Act::Merge(merged.merge_id))
        }
        3..=5 => {
            let to = if random.random_bool(0.4) {
                String::new()
            } else {
                pick(random, ids).clone()
            };
            let request = MoveRecordRequest {
                source_record_id: pick(random, records).clone(),
                to_client_id: to,
            };
            let moved = client.move_record(group.ask(request)).await.ok()?.into_inner();
            Some(Act::Move(moved.move_id))
        }
        6 => {
            let request = CorrectFieldRequest {
                client_id: pick(random, ids).clone(),
                field: "first_name".into(),
                value: format!("Имя{}", ["а", "б", "в", "г"][number % 4]),
            };
            let corrected = client.correct_field(group.ask(request)).await.ok()?.into_inner();
            Some(Act::Correction(corrected.correction_id))
        }
        7 => {
            let open = questions(group).await;
            let (review_id, ..) = open.get(random.random_range(0..open.len().max(1)))?;
            let decision = if random.random_bool(0.5) {
                "same"
            } else {
                "different"
            };
            let request = DecideReviewRequest {
                review_id: review_id.clone(),
                decision: decision.into(),
            };
            client.decide_review(group.ask(request)).await.ok()?;
            Some(Act::Review(review_id.clone()))
        }
        _ => {
            let mut rows: Vec<_> = (0..6)
                .map(|n| said(random, &format!("file-{number}-{n}")))
                .collect();
            rows.push(newcomers::said(random, &format!("file-{number}-new")).1);
            let (import_id, _) = import(group, &format!("file-{number}"), rows).await;
            Some(Act::Import(import_id))
        }
    }
}

/// Whether it could be taken back now.
async fn take_back(group: &Group, act: &Act) -> Result<(), tonic::Status> {
    let mut client = group.client();
    match act.clone() {
        Act::Merge(merge_id) => client
            .undo_merge(group.ask(UndoMergeRequest { merge_id }))
            .await
            .map(drop),
        Act::Move(move_id) => client
            .undo_move(group.ask(UndoMoveRequest { move_id }))
            .await
            .map(drop),
        Act::Correction(correction_id) => client
            .undo_correction(group.ask(UndoCorrectionRequest { correction_id }))
            .await
            .map(drop),
        Act::Review(review_id) => client
            .undo_review(group.ask(UndoReviewRequest { review_id }))
            .await
            .map(drop),
        Act::Relation(relation_id) => client
            .undo_relation(group.ask(UndoRelationRequest { relation_id }))
            .await
            .map(drop),
        Act::Addition(source_record_id) => client
            .move_record(group.ask(MoveRecordRequest {
                source_record_id,
                to_client_id: String::new(),
            }))
            .await
            .map(drop),
        Act::Consent(consent_id) => client
            .undo_consent(mistaken(group).ask(UndoConsentRequest { consent_id }))
            .await
            .map(drop),
        Act::Import(import_id) => {
            take_back_import(group, &import_id).await;
            Ok(())
        }
    }
}

/// Records come by every way; clients have owners, and some of them said that they may be written to.
async fn settle(group: &Group, random: &mut StdRng) -> (Vec<String>, Vec<String>) {
    let mut came = arrive(group, random, 20, "one").await;
    let records = (0..8).map(|n| said(random, &format!("many-{n}"))).collect();
    let request = ResolveSourcesRequest { records };
    let many = group.client().resolve_sources(group.ask(request)).await.unwrap();
    came.extend(many.into_inner().records.into_iter().filter_map(|record| {
        use edina_proto::registry::v1::resolved_record::Answer;
        match record.answer? {
            Answer::Resolved(resolved) => Some((resolved.source_record_id, resolved.client_id)),
            Answer::Refusal(_) => None,
        }
    }));
    let (_, went) = import(
        group,
        "base",
        (0..8).map(|n| said(random, &format!("base-{n}"))).collect(),
    )
    .await;
    let mut ids = clients(&came);
    ids.extend(went);
    ids.sort();
    ids.dedup();
    for (number, id) in ids.iter().enumerate() {
        if group.try_card(id).await.is_err() {
            continue;
        }
        if random.random_bool(0.5) {
            own(group, id, "sales", &format!("e-{number}")).await;
        }
        if random.random_bool(0.4) {
            let request = RecordConsentRequest {
                client_id: id.clone(),
                consent: Some(ConsentStatement {
                    purpose: "advertising".into(),
                    channel: "sms".into(),
                    granted: random.random_bool(0.5),
                    proof: "asked".into(),
                    ..Default::default()
                }),
            };
            group.client().record_consent(group.ask(request)).await.unwrap();
        }
    }
    (ids, came.into_iter().map(|(record, _)| record).collect())
}

#[test]
fn whatever_is_done_and_taken_back_in_whatever_order_everything_is_as_it_was() {
    support::run(async |_| {
        for seed in seeds() {
            let group = Group::new();
            let mut random = StdRng::seed_from_u64(seed);
            let (ids, records) = settle(&group, &mut random).await;
            let before = (snapshot(&group, &ids).await, questions(&group).await);
            let mut done = Vec::new();
            let mut newcomers = Newcomers::default();
            for number in 0..ACTS {
                newcomers.come(&group, &mut random).await;
                done.extend(act(&group, &mut random, (&ids, &records), &newcomers, number).await);
            }
            assert!(done.len() > ACTS / 2, "seed {seed}: {done:?}");
            let history = done.clone();
            done.shuffle(&mut random);
            // A record that was moved twice comes back in the order it went; the rest as it comes.
            while !done.is_empty() {
                let mut left = Vec::new();
                for act in &done {
                    if let Err(status) = take_back(&group, act).await {
                        assert_eq!(
                            status.code(),
                            Code::FailedPrecondition,
                            "seed {seed}: {act:?} {status}"
                        );
                        left.push(act.clone());
                    }
                    newcomers.come(&group, &mut random).await;
                }
                assert!(left.len() < done.len(), "seed {seed}: {left:?} of {history:?}");
                done = left;
            }
            newcomers.are_themselves(&group, seed).await;
            let mut after = (snapshot(&group, &ids).await, questions(&group).await);
            after
                .1
                .retain(|question| before.1.contains(question) || !newcomers.are_asked_about(question));
            for (id, was) in &before.0 {
                let is = format!("{:#?}", after.0.get(id));
                let was = format!("{:#?}", Some(was));
                let first = is.lines().zip(was.lines()).position(|(is, was)| is != was);
                if let Some(first) = first {
                    let near = |text: &str| -> Vec<String> {
                        let lines = text.lines().skip(first.saturating_sub(12)).take(24);
                        lines.map(str::to_owned).collect()
                    };
                    panic!(
                        "seed {seed}: {id} after {history:?}:\n{:#?}\nand was\n{:#?}",
                        near(&is),
                        near(&was)
                    );
                }
            }
            assert_eq!(after.1, before.1, "seed {seed}: questions after {history:?}");
        }
    });
}
