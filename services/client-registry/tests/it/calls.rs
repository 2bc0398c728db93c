//! Calls from a number, where a number alone is too little to link by: as in a base of a million, which thresholds stand for.

use edina_proto::registry::v1::{
    ExplainPairRequest, ListReviewsRequest, MoveRecordRequest, ResolveSourceReply,
    SetIdentitySettingsRequest, SourceRecord,
};

use crate::support::{self, Group, record};

const NUMBER: &str = "+79165554567";

async fn call(group: &Group, id: &str, number: &str) -> ResolveSourceReply {
    let said = SourceRecord {
        phones: vec![number.into()],
        ..record("call_tracking", id, "call", 30)
    };
    group.resolve(said).await
}

async fn comes(group: &Group, id: &str, name: &str, number: &str) -> ResolveSourceReply {
    let said = SourceRecord {
        full_name: name.into(),
        phones: vec![number.into()],
        ..record("lead_intake", id, "lead", 30)
    };
    group.resolve(said).await
}

/// Lets the bits of a number that two records share be worth a question and no link.
async fn trust_no_number(group: &Group) {
    let one = comes(group, "known", "Ершов Клим Савельевич", "+79265550001").await;
    let other = call(group, "from-known", "+79265550001").await;
    let request = ExplainPairRequest {
        left_id: one.source_record_id,
        right_id: other.source_record_id,
    };
    let told = group.client().explain_pair(group.ask(request)).await.unwrap();
    let bits = told.into_inner().bits;
    let request = SetIdentitySettingsRequest {
        link_bits: Some(bits + 2.0),
        ask_bits: Some(bits - 4.0),
        ..Default::default()
    };
    group
        .client()
        .set_identity_settings(group.ask(request))
        .await
        .unwrap();
}

async fn questions(group: &Group) -> usize {
    let request = ListReviewsRequest {
        state: "open".into(),
        ..Default::default()
    };
    let open = group.client().list_reviews(group.ask(request)).await.unwrap();
    open.into_inner().reviews.len()
}

#[test]
fn every_call_stays_with_the_client_it_was_given_to() {
    support::run(async |group| {
        trust_no_number(&group).await;
        let owner = comes(&group, "l-1", "Петрова Мария Сергеевна", NUMBER).await;
        for number in 0..5 {
            let call = call(&group, &format!("c-{number}"), NUMBER).await;
            assert_eq!(call.client_id, owner.client_id, "call {number}");
            assert_eq!(group.card(&owner.client_id).await.source_record_count, 2 + number);
        }
        let again = comes(&group, "l-2", "Мария Петрова", NUMBER).await;
        assert_eq!(again.client_id, owner.client_id);
        assert_eq!(group.card(&owner.client_id).await.source_record_count, 7);
        assert_eq!(questions(&group).await, 0);
    });
}

#[test]
fn a_client_who_calls_after_years_is_known_by_his_number() {
    support::run(async |group| {
        let long_ago = SourceRecord {
            full_name: "Петрова Мария Сергеевна".into(),
            phones: vec![NUMBER.into()],
            ..record("sales_dms", "s-1", "sale", -365 * 9)
        };
        let owner = group.resolve(long_ago).await.client_id;
        // Nothing that a number says links here, nor is it worth a question.
        let request = SetIdentitySettingsRequest {
            link_bits: Some(40.0),
            ask_bits: Some(40.0),
            ..Default::default()
        };
        group
            .client()
            .set_identity_settings(group.ask(request))
            .await
            .unwrap();
        let first = call(&group, "c-1", NUMBER).await;
        assert_eq!(
            (first.client_id.as_str(), first.outcome.as_str()),
            (owner.as_str(), "linked")
        );
        assert_eq!(call(&group, "c-2", NUMBER).await.client_id, owner);
        // One of the calls is somebody else's: then the number may be, too.
        let moved = MoveRecordRequest {
            source_record_id: first.source_record_id,
            to_client_id: String::new(),
        };
        group.client().move_record(group.ask(moved)).await.unwrap();
        assert_ne!(call(&group, "c-3", NUMBER).await.client_id, owner);
    });
}

#[test]
fn who_gives_his_name_gets_the_calls_from_his_number_and_nobody_is_asked() {
    support::run(async |group| {
        trust_no_number(&group).await;
        let caller = call(&group, "c-1", NUMBER).await.client_id;
        assert_eq!(call(&group, "c-2", NUMBER).await.client_id, caller);
        let named = comes(&group, "l-1", "Жуков Аркадий Львович", NUMBER).await;
        assert_eq!(
            (named.client_id.as_str(), named.outcome.as_str()),
            (caller.as_str(), "linked")
        );
        let card = group.card(&caller).await;
        assert_eq!(
            (card.display_name.as_str(), card.source_record_count),
            ("Жуков Аркадий Львович", 3)
        );
        assert_eq!(questions(&group).await, 0);
    });
}

#[test]
fn calls_from_a_number_of_two_families_are_neithers_and_nobody_is_asked() {
    support::run(async |group| {
        trust_no_number(&group).await;
        let one = comes(&group, "l-1", "Жуков Аркадий Львович", NUMBER)
            .await
            .client_id;
        let other = comes(&group, "l-2", "Сомова Инна Павловна", NUMBER)
            .await
            .client_id;
        assert_ne!(one, other);
        let asked = questions(&group).await;
        let caller = call(&group, "c-1", NUMBER).await.client_id;
        assert!(
            ![&one, &other].contains(&&caller),
            "nobody knows which of the two it was"
        );
        comes(&group, "l-3", "Жуков Аркадий", NUMBER).await;
        assert_eq!(group.card(&caller).await.source_record_count, 1);
        assert_eq!(questions(&group).await, asked);
    });
}
