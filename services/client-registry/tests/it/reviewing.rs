//! The review queue: one client, different ones, later; every answer can be taken back.

mod answers;
mod parted;

use edina_proto::{
    common::v1::PageRequest,
    registry::v1::{
        DecideReviewRequest, ListRecordsRequest, ListReviewsRequest, MergeClientsRequest, MoveRecordRequest,
        Review, SourceRecord, UndoMergeRequest, UndoMoveRequest, UndoReviewRequest,
    },
};

use crate::support::{self, Group, record};

/// A doubtful pair: a client who came so many times, and somebody of his surname with his number.
async fn doubtful_pair(
    group: &Group,
    (surname, names, birth_date, phone): (&str, &str, &str, &str),
    times: i64,
) -> String {
    let mut first = String::new();
    for time in 1..=times {
        let order = SourceRecord {
            full_name: format!("{surname} {names}"),
            phones: vec![phone.into()],
            ..record("service_dms", &format!("ro-{phone}-{time}"), "repair_order", time)
        };
        first = group.resolve(order).await.client_id;
    }
    let second = SourceRecord {
        full_name: surname.into(),
        phones: vec![phone.into()],
        birth_date: birth_date.into(),
        ..record("lead_intake", &format!("l-{phone}"), "lead", times + 1)
    };
    let second = group.resolve(second).await;
    assert_eq!(second.outcome, "to_review", "the fixture must be doubtful");
    first
}

async fn page(group: &Group, state: &str, limit: u32, cursor: &str) -> (Vec<Review>, String) {
    let request = ListReviewsRequest {
        state: state.into(),
        page: Some(PageRequest {
            limit,
            cursor: cursor.into(),
        }),
        client_id: String::new(),
    };
    let reply = group
        .client()
        .list_reviews(group.ask(request))
        .await
        .unwrap()
        .into_inner();
    (reply.reviews, reply.page.unwrap().next_cursor)
}

#[test]
fn what_is_worth_most_is_asked_first_and_the_last_answer_is_listed_first() {
    support::run(async |group| {
        let poor = ("Кравцов", "Андрей Юрьевич", "05.03.1981", "89161234501");
        let poor = doubtful_pair(&group, poor, 1).await;
        let rich = ("Лебедев", "Павел Олегович", "17.11.1975", "89032345602");
        let rich = doubtful_pair(&group, rich, 3).await;
        let poor_too = ("Громов", "Илья Петрович", "21.08.1990", "89263456703");
        let poor_too = doubtful_pair(&group, poor_too, 1).await;
        let (mut asked, mut cursor) = (Vec::new(), String::new());
        for _ in 0..3 {
            let (mut reviews, next) = page(&group, "open", 1, &cursor).await;
            assert_eq!(reviews.len(), 1);
            asked.push(reviews.remove(0));
            cursor = next;
        }
        assert_eq!(cursor, "", "there are three");
        let sides: Vec<&str> = asked
            .iter()
            .map(|review| review.left_client_id.as_str())
            .collect();
        assert_eq!(sides[0], rich, "the richer pair is worth more");
        assert!(sides.contains(&poor.as_str()) && sides.contains(&poor_too.as_str()));
        assert!(
            asked.is_sorted_by(|one, next| one.worth >= next.worth),
            "{asked:?}"
        );

        for question in [&asked[0], &asked[2], &asked[1]] {
            decide(&group, &question.review_id, "different").await;
        }
        let (first, cursor) = page(&group, "decided", 2, "").await;
        let (rest, _) = page(&group, "decided", 2, &cursor).await;
        let decided: Vec<&str> = first
            .iter()
            .chain(&rest)
            .map(|review| review.review_id.as_str())
            .collect();
        let expected = [&asked[1], &asked[2], &asked[0]].map(|review| review.review_id.as_str());
        assert_eq!(decided, expected);
    });
}

#[test]
fn a_question_that_answered_itself_is_gone_and_says_so() {
    support::run(async |group| {
        let (first, second) = doubtful(&group).await;
        let question = open(&group).await.remove(0);
        let merge = MergeClientsRequest {
            client_id: first.clone(),
            other_client_id: second.clone(),
            reason: String::new(),
        };
        let merged = group
            .client()
            .merge_clients(group.ask(merge))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(open(&group).await, vec![]);
        for answer in ["same", "different"] {
            let refused = refused(&group, &question.review_id, answer).await;
            assert!(refused.contains("one card already"), "{refused}");
        }
        let undo = UndoMergeRequest {
            merge_id: merged.merge_id,
        };
        group.client().undo_merge(group.ask(undo)).await.unwrap();
        assert_eq!(
            open(&group).await.len(),
            1,
            "the merge is gone, the question is back"
        );

        // All that one side had was somebody else's.
        let records = ListRecordsRequest {
            client_id: second.clone(),
            page: None,
        };
        let records = group
            .client()
            .list_records(group.ask(records))
            .await
            .unwrap()
            .into_inner()
            .records;
        assert_eq!(records.len(), 1);
        let away = MoveRecordRequest {
            source_record_id: records[0].source_record_id.clone(),
            to_client_id: String::new(),
        };
        let moved = group
            .client()
            .move_record(group.ask(away))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(open(&group).await, vec![]);
        let refused = refused(&group, &question.review_id, "same").await;
        assert!(refused.contains("no records"), "{refused}");
        let back = UndoMoveRequest {
            move_id: moved.move_id,
        };
        group.client().undo_move(group.ask(back)).await.unwrap();
        assert_eq!(open(&group).await.len(), 1);
    });
}

async fn refused(group: &Group, review_id: &str, decision: &str) -> String {
    let request = DecideReviewRequest {
        review_id: review_id.into(),
        decision: decision.into(),
    };
    let status = group
        .client()
        .decide_review(group.ask(request))
        .await
        .unwrap_err();
    assert_eq!(status.code(), tonic::Code::FailedPrecondition);
    status.message().to_owned()
}

/// A mother and a daughter-in-law? The same surname and phone, one given name only an initial.
async fn doubtful(group: &Group) -> (String, String) {
    let first = group
        .resolve(SourceRecord {
            full_name: "Кравцов Андрей Юрьевич".into(),
            phones: vec!["89161234567".into()],
            ..record("service_dms", "ro-1", "repair_order", 1)
        })
        .await;
    let second = group
        .resolve(SourceRecord {
            full_name: "Кравцов".into(),
            phones: vec!["89161234567".into()],
            emails: vec!["kravtsov.a@yandex.ru".into()],
            birth_date: "05.03.1981".into(),
            ..record("lead_intake", "l-1", "lead", 2)
        })
        .await;
    assert_eq!(second.outcome, "to_review", "the fixture must be doubtful");
    (first.client_id, second.client_id)
}

async fn open(group: &Group) -> Vec<Review> {
    let request = ListReviewsRequest {
        state: "open".into(),
        page: None,
        client_id: String::new(),
    };
    let reply = group
        .client()
        .list_reviews(group.ask(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(usize::try_from(reply.open_count).unwrap(), reply.reviews.len());
    reply.reviews
}

async fn decide(group: &Group, review_id: &str, decision: &str) -> Review {
    let request = DecideReviewRequest {
        review_id: review_id.into(),
        decision: decision.into(),
    };
    group
        .client()
        .decide_review(group.ask(request))
        .await
        .unwrap()
        .into_inner()
}

async fn undo(group: &Group, review_id: &str) -> Review {
    let request = UndoReviewRequest {
        review_id: review_id.into(),
    };
    group
        .client()
        .undo_review(group.ask(request))
        .await
        .unwrap()
        .into_inner()
}
