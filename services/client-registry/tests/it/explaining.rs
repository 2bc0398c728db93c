//! Why two are one client or are not: what was kept when they were joined, and what else may explain what they share.

use edina_proto::registry::v1::{
    ExplainPairRequest, MergeClientsRequest, PairExplanation, ResolveSourceReply, SourceRecord,
    UndoMergeRequest,
};
use tonic::Code;

use crate::support::{self, Group, record};

async fn explain(group: &Group, left: &str, right: &str) -> PairExplanation {
    let request = ExplainPairRequest {
        left_id: left.into(),
        right_id: right.into(),
    };
    let told = group.client().explain_pair(group.ask(request)).await;
    told.unwrap().into_inner()
}

async fn came(group: &Group, name: &str, phones: &[&str], emails: &[&str]) -> ResolveSourceReply {
    let said = SourceRecord {
        full_name: "Ковалёв Артём Игоревич".into(),
        birth_date: if name == "both" {
            "1984-02-11".into()
        } else {
            String::new()
        },
        phones: phones.iter().map(|phone| (*phone).into()).collect(),
        emails: emails.iter().map(|email| (*email).into()).collect(),
        ..record("sales_dms", name, "sale", 1)
    };
    group.resolve(said).await
}

/// Two clients whom a third record shows to be one: the phone's, the e-mail's, the record that joined them.
async fn joined(group: &Group) -> [ResolveSourceReply; 3] {
    let by_phone = came(group, "phone", &["89161110001"], &[]).await;
    let by_email = came(group, "email", &[], &["artem.kovalev@example.org"]).await;
    assert_ne!(
        by_phone.client_id, by_email.client_id,
        "nothing in common but a name"
    );
    let both = came(group, "both", &["89161110001"], &["artem.kovalev@example.org"]).await;
    let card = group.card(&both.client_id).await;
    assert_eq!(card.merges.len(), 1, "the third joined them: {card:?}");
    [by_phone, by_email, both]
}

fn says(told: &PairExplanation, field: &str) -> Option<(String, String)> {
    let found = told.evidence.iter().find(|one| one.field == field)?;
    Some((found.left.clone(), found.right.clone()))
}

#[test]
fn two_that_became_one_card_are_explained_by_what_each_came_with_and_what_was_kept() {
    support::run(async |group| {
        let [by_phone, by_email, both] = joined(&group).await;
        let told = explain(&group, &by_phone.client_id, &by_email.client_id).await;
        assert!(told.same_card);
        assert_eq!(
            (told.left_is.as_str(), told.right_is.as_str()),
            ("client", "client")
        );
        assert_eq!(told.ruling, "", "no person joined them");
        // Neither has both: it is no card against itself.
        assert!(
            told.evidence
                .iter()
                .all(|one| one.field != "phone" || one.outcome != "exact")
                || told
                    .evidence
                    .iter()
                    .all(|one| one.field != "email" || one.outcome != "exact"),
            "{told:?}"
        );
        let merges: Vec<_> = told.links.iter().filter(|link| link.kind == "merge").collect();
        assert_eq!(merges.len(), 1, "{told:?}");
        assert_eq!(
            merges[0].source_record_id, both.source_record_id,
            "by it they are one"
        );
        assert!(merges[0].actor_employee_id.is_empty());
        let fields: Vec<&str> = merges[0].evidence.iter().map(|one| one.field.as_str()).collect();
        assert!(fields.contains(&"prior") && fields.len() > 2, "{fields:?}");
        assert!(!fields.contains(&"rival"), "told apart from the evidence");

        // The other way round the same is told backwards.
        let turned = explain(&group, &by_email.client_id, &by_phone.client_id).await;
        assert_eq!(turned.links.len(), told.links.len());
        assert_eq!(
            says(&turned, "given").map(|(left, right)| (right, left)),
            says(&told, "given")
        );

        // A record against the rest of its card, with why it came there.
        let record = explain(&group, &both.source_record_id, &both.client_id).await;
        assert_eq!((record.left_is.as_str(), record.same_card), ("record", true));
        assert!(
            record.links.iter().any(|link| link.kind == "record"),
            "{record:?}"
        );
    });
}

#[test]
fn a_family_is_told_as_the_other_explanation() {
    support::run(async |group| {
        let said = |name: &str, who: &str| SourceRecord {
            full_name: who.into(),
            phones: vec!["89161234501".into()],
            address: "Казань, ул. Баумана, 7, кв. 12".into(),
            ..record("service_dms", name, "repair_order", 1)
        };
        let he = group.resolve(said("he", "Гусев Пётр Ильич")).await;
        let she = group.resolve(said("she", "Гусева Анна Олеговна")).await;
        assert_ne!(he.client_id, she.client_id);
        let told = explain(&group, &he.client_id, &she.client_id).await;
        assert!(!told.same_card);
        assert_eq!((told.verdict.as_str(), told.rival.as_str()), ("new", "household"));
        assert!(told.links.is_empty());
        let records = explain(&group, &he.source_record_id, &she.source_record_id).await;
        assert_eq!(
            (records.left_is.as_str(), records.rival.as_str()),
            ("record", "household")
        );
    });
}

#[test]
fn a_merge_of_the_engine_that_a_person_took_back_can_be_made_by_hand_and_taken_back_again() {
    support::run(async |group| {
        let [by_phone, by_email, both] = joined(&group).await;
        let merge_id = group.card(&both.client_id).await.merges[0].merge_id.clone();
        let undo = |merge_id: String| {
            let mut client = group.client();
            let request = group.ask(UndoMergeRequest { merge_id });
            async move { client.undo_merge(request).await }
        };
        undo(merge_id).await.unwrap();
        let apart = explain(&group, &by_phone.client_id, &by_email.client_id).await;
        assert_eq!((apart.same_card, apart.ruling.as_str()), (false, "different"));
        // The engine does not find it again.
        came(&group, "again", &["89161110001"], &["artem.kovalev@example.org"]).await;
        assert!(
            !explain(&group, &by_phone.client_id, &by_email.client_id)
                .await
                .same_card
        );

        let by_hand = support::merge(&group, &by_phone.client_id, &by_email.client_id).await;
        let one = explain(&group, &by_phone.client_id, &by_email.client_id).await;
        assert_eq!((one.same_card, one.ruling.as_str()), (true, "same"));
        undo(by_hand).await.unwrap();
        let apart = explain(&group, &by_phone.client_id, &by_email.client_id).await;
        assert_eq!(
            (apart.same_card, apart.ruling.as_str()),
            (false, "different"),
            "said again"
        );
        came(
            &group,
            "and again",
            &["89161110001"],
            &["artem.kovalev@example.org"],
        )
        .await;
        assert!(
            !explain(&group, &by_phone.client_id, &by_email.client_id)
                .await
                .same_card
        );
    });
}

#[test]
fn what_a_person_answered_is_not_lifted_by_a_merge() {
    support::run(async |group| {
        let [by_phone, by_email, both] = joined(&group).await;
        // The record that joined them is somebody else's: that is said by a move.
        let moved = edina_proto::registry::v1::MoveRecordRequest {
            source_record_id: both.source_record_id.clone(),
            to_client_id: String::new(),
        };
        let moved = group
            .client()
            .move_record(group.ask(moved))
            .await
            .unwrap()
            .into_inner();
        let refused = MergeClientsRequest {
            client_id: moved.to_client_id.clone(),
            other_client_id: moved.from_client_id.clone(),
            reason: String::new(),
        };
        let refused = group
            .client()
            .merge_clients(group.ask(refused))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_ne!(by_phone.client_id, by_email.client_id);
    });
}

/// A4: a number of many names identifies nobody by itself, and the explanation says so.
#[test]
fn a_first_name_on_a_number_of_many_names_makes_nobody_one() {
    support::run(async |group| {
        let names = [
            "Анна",
            "Ольга",
            "Сергей",
            "Иван",
            "Мария",
            "Пётр",
            "Елена",
            "Олег",
            "Вера",
            "Юрий",
        ];
        let caller = async |name: &str, id: &str| {
            let said = SourceRecord {
                first_name: name.into(),
                phones: vec!["+7 495 111-22-33".into()],
                ..record("lead_intake", id, "lead", 1)
            };
            group.resolve(said).await
        };
        let mut clients = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            clients.push(caller(name, &format!("first-{at}")).await.client_id);
        }
        let again = caller("Вера", "again").await;
        assert_eq!(again.outcome, "created");
        let told = explain(&group, &clients[8], &again.client_id).await;
        assert_eq!((told.verdict.as_str(), told.same_card), ("new", false));
        assert!(says(&told, "given_short").is_some(), "{told:?}");
        assert!(says(&told, "phone").is_none(), "{told:?}");
    });
}
