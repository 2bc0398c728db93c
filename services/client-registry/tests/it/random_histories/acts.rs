//! What is done at random, and taken back.

use super::{may_be_written_to, questions};
use edina_proto::registry::v1::{
    AddByHandRequest, AnswerContactRequest, ConsentStatement, CorrectFieldRequest, DecideReviewRequest,
    MergeClientsRequest, MoveRecordRequest, PutRelationRequest, RecordConsentRequest, SourceRecord,
    UndoConsentRequest, UndoCorrectionRequest, UndoMergeRequest, UndoMoveRequest, UndoRelationRequest,
    UndoReviewRequest,
};
use rand::{Rng as _, rngs::StdRng};

use crate::{
    newcomers::{self, Newcomers},
    support::Group,
    taking_back::{MISTAKEN, import, said, take_back_import},
};

/// What was done, and by what it is taken back.
#[derive(Debug, Clone)]
pub(super) enum Act {
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

pub(super) fn pick<'a>(random: &mut StdRng, of: &'a [String]) -> &'a String {
    &of[random.random_range(0..of.len())]
}

/// The group as it is asked by whoever writes down what is taken back.
pub(super) fn mistaken(group: &Group) -> Group {
    let mut mistaken = group.clone();
    if let Some(actor) = &mut mistaken.caller.actor {
        actor.employee_id = MISTAKEN.into();
    }
    mistaken
}

/// Something done at random; none when it was refused, as to merge what is one or was parted.
pub(super) async fn act(
    group: &Group,
    random: &mut StdRng,
    (ids, records): (&[String], &[String]),
    newcomers: &Newcomers,
    (number, files): (usize, &mut Vec<Vec<SourceRecord>>),
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
            // A monthly file has rows of the months before.
            if let Some(before) = files.get(random.random_range(0..files.len().max(1))) {
                rows.extend(before.iter().take(3).cloned());
            }
            files.push(rows.clone());
            let (import_id, _) = import(group, &format!("file-{number}"), rows).await;
            Some(Act::Import(import_id))
        }
    }
}

/// Whether it could be taken back now.
pub(super) async fn take_back(group: &Group, act: &Act) -> Result<(), tonic::Status> {
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
