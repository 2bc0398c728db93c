//! The review queue: one client, different ones, later; every answer can be taken back.

use edina_proto::registry::v1::{
    DecideReviewRequest, ListReviewsRequest, MergeClientsRequest, Review, SourceRecord, UndoReviewRequest,
};

use crate::support::{self, Group, record};

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
fn skipped_waits_and_wrong_words_are_refused() {
    support::run(async |group| {
        doubtful(&group).await;
        let question = open(&group).await.remove(0);
        let wrong = DecideReviewRequest {
            review_id: question.review_id.clone(),
            decision: "maybe".into(),
        };
        let refused = group.client().decide_review(group.ask(wrong)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert_eq!(decide(&group, &question.review_id, "skip").await.state, "skipped");
        assert_eq!(open(&group).await, vec![]);
        assert_eq!(
            decide(&group, &question.review_id, "different").await.state,
            "different"
        );
    });
}
