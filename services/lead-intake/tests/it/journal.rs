//! The showroom journal over gRPC: every mistake named, nothing half stored.

use edina_proto::intake::v1::{LeadAssigned, ListInputsRequest, SubmitLeadRequest};
use tonic::Code;

use crate::support::{self, id, seller, until};

fn line() -> SubmitLeadRequest {
    SubmitLeadRequest {
        channel: "journal".into(),
        idempotency_key: "line-1".into(),
        branch_id: id(support::BRANCH),
        contact_kind: "visit".into(),
        full_name: "Анна Серова".into(),
        phones: vec!["8 916 123-45-67".into(), "8 926 123-45-67".into()],
        age: 34,
        stay_minutes: 25,
        comment: "Хочет Vesta, тест-драйв".into(),
        employee_id: id(12),
        ..Default::default()
    }
}

#[test]
fn a_line_is_one_lead_given_to_who_wrote_it() {
    support::run(async |group| {
        group.people(1, vec![seller(11), seller(12)]).await;
        let facts = group.facts().await;
        until("the directory", async || {
            group.client().submit_lead(group.ask(line())).await.is_ok()
        })
        .await;
        let again = group
            .client()
            .submit_lead(group.ask(line()))
            .await
            .unwrap()
            .into_inner();
        assert!(again.already_known);
        let lead = group
            .lead_when(&again.lead_id, "resolved", |lead| !lead.client_id.is_empty())
            .await;
        assert_eq!(
            (lead.owner_employee_id.as_str(), lead.contact_kind.as_str()),
            (id(12).as_str(), "visit")
        );
        assert_eq!(
            (lead.age, lead.stay_minutes, lead.contact_phones.len()),
            (34, 25, 2)
        );
        assert_eq!(
            (lead.topic.as_str(), lead.branch_id),
            ("test_drive", id(support::BRANCH))
        );
        assert_eq!(facts.until::<LeadAssigned>(1).await[0].employee_id, id(12));
        let asked = ListInputsRequest {
            state: "accepted".into(),
            page: None,
        };
        let inputs = group
            .client()
            .list_inputs(group.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .inputs;
        assert!(inputs[0].body_text.contains("8 916 123-45-67"), "stored as typed");

        let other = SubmitLeadRequest {
            full_name: "Пётр Ким".into(),
            ..line()
        };
        assert_eq!(
            group
                .client()
                .submit_lead(group.ask(other))
                .await
                .unwrap_err()
                .code(),
            Code::AlreadyExists
        );
        let nobody = SubmitLeadRequest {
            employee_id: "nobody".into(),
            idempotency_key: String::new(),
            ..line()
        };
        assert_eq!(
            group
                .client()
                .submit_lead(group.ask(nobody))
                .await
                .unwrap_err()
                .code(),
            Code::InvalidArgument
        );
        assert_eq!(
            group.leads().await.len(),
            1,
            "a refused line leaves nothing behind"
        );
    });
}

#[test]
fn every_mistake_is_named() {
    support::run(async |group| {
        let wrong = SubmitLeadRequest {
            contact_kind: "dream".into(),
            phones: vec!["нет".into()],
            emails: vec!["нет".into()],
            age: 7,
            topic: "nonsense".into(),
            ..Default::default()
        };
        let refused = group.client().submit_lead(group.ask(wrong)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        for field in ["kind", "phone", "email", "age", "topic"] {
            assert!(
                refused
                    .message()
                    .lines()
                    .any(|line| line.starts_with(&format!("{field}:"))),
                "{field}: {refused}"
            );
        }
        assert!(refused.metadata().contains_key("edina-message-ru"));
        assert!(group.leads().await.is_empty());
    });
}

#[test]
fn a_line_typed_on_a_card_keeps_its_client() {
    support::run(async |group| {
        let client = uuid::Uuid::now_v7().to_string();
        let on_card = SubmitLeadRequest {
            client_id: client.clone(),
            branch_id: String::new(),
            employee_id: String::new(),
            ..line()
        };
        let taken = group
            .client()
            .submit_lead(group.ask(on_card))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(group.lead(&taken.lead_id).await.client_id, client);
    });
}
