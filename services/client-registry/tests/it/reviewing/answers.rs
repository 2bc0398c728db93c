//! What an answer does, how long it holds, and that it is taken back.

use edina_proto::registry::v1::{
    DecideReviewRequest, ListRecordsRequest, MergeClientsRequest, MoveRecordRequest, SourceRecord,
    UndoMergeRequest, UndoMoveRequest, UndoReviewRequest,
};

use super::{decide, doubtful, doubtful_pair, open, page, undo};
use crate::{
    support::{self, Group, record},
    taking_back::{import, take_back_import},
};

#[test]
fn same_merges_and_undo_parts_again() {
    support::run(async |group| {
        let (first, second) = doubtful(&group).await;
        assert_ne!(first, second);
        let questions = open(&group).await;
        assert_eq!(questions.len(), 1);
        assert!(
            questions[0]
                .evidence
                .iter()
                .any(|evidence| evidence.field == "phone")
        );
        assert_eq!(group.card(&first).await.reviews.len(), 1);
        let before = group.card(&second).await;

        let decided = decide(&group, &questions[0].review_id, "same").await;
        assert_eq!(decided.state, "same");
        assert_eq!(group.card(&second).await.client_id, first);
        assert_eq!(open(&group).await, vec![]);

        assert_eq!(undo(&group, &questions[0].review_id).await.state, "open");
        let after = group.card(&second).await;
        assert_eq!(after.display_name, before.display_name);
        assert_eq!(after.client_id, second);
        assert_eq!(open(&group).await.len(), 1);
    });
}

#[test]
fn different_holds_until_undone() {
    support::run(async |group| {
        let (first, second) = doubtful(&group).await;
        let question = open(&group).await.remove(0);
        decide(&group, &question.review_id, "different").await;
        assert_eq!(open(&group).await, vec![]);
        let merge = MergeClientsRequest {
            client_id: first.clone(),
            other_client_id: second.clone(),
            reason: String::new(),
        };
        let refused = group
            .client()
            .merge_clients(group.ask(merge.clone()))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
        undo(&group, &question.review_id).await;
        group.client().merge_clients(group.ask(merge)).await.unwrap();
        assert_eq!(
            open(&group).await,
            vec![],
            "one card answers the question by itself"
        );
    });
}

#[test]
fn skipped_comes_last_for_whoever_skips_and_wrong_words_are_refused() {
    support::run(async |group| {
        for pair in [
            ("Кравцов", "Андрей Юрьевич", "05.03.1981", "89161234501"),
            ("Лебедев", "Павел Олегович", "17.11.1975", "89032345602"),
            ("Громов", "Илья Петрович", "21.08.1990", "89263456703"),
        ] {
            doubtful_pair(&group, pair, 1).await;
        }
        let mut other = group.clone();
        other.caller.actor.as_mut().unwrap().employee_id = "e-2".into();
        let ids = async |group: &Group| -> Vec<String> {
            let (mut ids, mut cursor) = (Vec::new(), String::new());
            loop {
                // One by one: the cursor leads from those that wait to those put off.
                let (page, next) = page(group, "open", 1, &cursor).await;
                ids.extend(page.into_iter().map(|review| review.review_id));
                if next.is_empty() {
                    return ids;
                }
                cursor = next;
            }
        };
        let asked = ids(&group).await;
        assert_eq!(asked.len(), 3);
        let wrong = DecideReviewRequest {
            review_id: asked[0].clone(),
            decision: "maybe".into(),
        };
        let refused = group.client().decide_review(group.ask(wrong)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);

        for skipped in [&asked[0], &asked[1]] {
            let left = decide(&group, skipped, "skip").await;
            assert_eq!(left.state, "open");
            assert!(left.skipped_at.is_some());
        }
        let turned = [&asked[2], &asked[0], &asked[1]].map(Clone::clone);
        assert_eq!(ids(&group).await, turned, "last, the first put off first");
        assert_eq!(ids(&other).await, asked, "for nobody else");
        let undo = UndoReviewRequest {
            review_id: asked[0].clone(),
        };
        group.client().undo_review(group.ask(undo.clone())).await.unwrap();
        assert_eq!(ids(&group).await[0], asked[0], "where it was");
        let refused = group.client().undo_review(group.ask(undo)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
        // A question put off is answered as any other.
        assert_eq!(decide(&group, &asked[1], "different").await.state, "different");
        assert_eq!(ids(&group).await.len(), 2);
    });
}

#[test]
fn different_holds_while_one_of_those_who_said_it_stands() {
    support::run(async |group| {
        let (first, second) = doubtful(&group).await;
        let question = open(&group).await.remove(0);
        let records = ListRecordsRequest {
            client_id: first.clone(),
            page: None,
        };
        // Somebody else of the first card, who goes to the second one and back.
        let guest = SourceRecord {
            full_name: "Кравцов Андрей Юрьевич".into(),
            phones: vec!["89161234567".into()],
            ..record("service_dms", "ro-2", "repair_order", 3)
        };
        assert_eq!(group.resolve(guest).await.client_id, first);
        let records = group.client().list_records(group.ask(records)).await.unwrap();
        let guest = records.into_inner().records.remove(0);
        let carry = async || {
            let request = MoveRecordRequest {
                source_record_id: guest.source_record_id.clone(),
                to_client_id: second.clone(),
            };
            let moved = group.client().move_record(group.ask(request)).await.unwrap();
            moved.into_inner().move_id
        };
        let back = async |move_id| {
            let request = UndoMoveRequest { move_id };
            group.client().undo_move(group.ask(request)).await.unwrap();
        };
        let are_parted = async || {
            let request = MergeClientsRequest {
                client_id: first.clone(),
                other_client_id: second.clone(),
                reason: String::new(),
            };
            match group.client().merge_clients(group.ask(request)).await {
                Ok(merged) => {
                    let merge_id = merged.into_inner().merge_id;
                    let undo = UndoMergeRequest { merge_id };
                    group.client().undo_merge(group.ask(undo)).await.unwrap();
                    false
                }
                Err(status) => {
                    assert_eq!(status.code(), tonic::Code::FailedPrecondition);
                    true
                }
            }
        };
        // The answer stays when the move goes, whichever came first, and the move's word when the answer goes.
        decide(&group, &question.review_id, "different").await;
        let moved = carry().await;
        back(moved).await;
        assert!(are_parted().await, "the answer stands");
        let moved = carry().await;
        undo(&group, &question.review_id).await;
        assert!(are_parted().await, "the move stands");
        decide(&group, &question.review_id, "different").await;
        back(moved).await;
        assert!(are_parted().await, "the answer stands again");
        undo(&group, &question.review_id).await;
        assert!(!are_parted().await, "nobody says so any more");
    });
}

#[test]
fn a_question_goes_with_the_import_that_raised_it_though_it_was_answered_meanwhile() {
    support::run(async |group| {
        let order = SourceRecord {
            full_name: "Кравцов Андрей Юрьевич".into(),
            phones: vec!["89161234567".into()],
            ..record("service_dms", "ro-1", "repair_order", 1)
        };
        group.resolve(order).await;
        let doubtful = SourceRecord {
            full_name: "Кравцов".into(),
            phones: vec!["89161234567".into()],
            birth_date: "05.03.1981".into(),
            ..record("import", "row-1", "contact", 2)
        };
        let (import_id, _) = import(&group, "file", vec![doubtful]).await;
        let question = open(&group).await.remove(0);
        decide(&group, &question.review_id, "different").await;
        take_back_import(&group, &import_id).await;
        assert_eq!(undo(&group, &question.review_id).await.state, "withdrawn");
        assert_eq!(open(&group).await, vec![]);
        assert_eq!(page(&group, "decided", 9, "").await.0, vec![]);
        let card = group.card(&question.left_client_id).await;
        assert_eq!(card.reviews, vec![]);
    });
}
