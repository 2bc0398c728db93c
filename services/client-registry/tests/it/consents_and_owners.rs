//! Consents never widen by a merge; owners are per department, with history.

use edina_proto::registry::v1::{
    AddNoteRequest, AssignOwnerRequest, ConsentStatement, GetContactabilityRequest, RecordConsentRequest,
    SourceRecord,
};

use crate::support::{self, Group, record};

async fn person(group: &Group, name: &str, phone: &str) -> String {
    let said = SourceRecord {
        full_name: name.into(),
        phones: vec![phone.into()],
        branch_id: "kazan".into(),
        ..record("service_dms", phone, "repair_order", 1)
    };
    group.resolve(said).await.client_id
}

async fn say(group: &Group, client_id: &str, granted: bool) {
    let consent = ConsentStatement {
        purpose: "advertising".into(),
        channel: "sms".into(),
        granted,
        proof: "form 7".into(),
        ..Default::default()
    };
    let request = RecordConsentRequest {
        client_id: client_id.into(),
        consent: Some(consent),
    };
    group.client().record_consent(group.ask(request)).await.unwrap();
}

async fn may_send(group: &Group, client_id: &str) -> bool {
    let request = GetContactabilityRequest {
        client_id: client_id.into(),
    };
    let reply = group
        .client()
        .get_contactability(group.ask(request))
        .await
        .unwrap()
        .into_inner();
    reply
        .consents
        .iter()
        .any(|consent| consent.channel == "sms" && consent.granted)
}

#[test]
fn a_merge_never_widens_a_consent() {
    support::run(async |group| {
        let one = person(&group, "Орлова Вера", "89161110001").await;
        let other = person(&group, "Климова Вера Ильинична", "89037770466").await;
        say(&group, &other, false).await;
        say(&group, &one, true).await;
        assert!(may_send(&group, &one).await);
        support::merge(&group, &one, &other).await;
        assert!(
            !may_send(&group, &one).await,
            "the stricter half wins though it spoke earlier"
        );
        say(&group, &one, true).await;
        assert!(
            may_send(&group, &other).await,
            "said for the merged card, it counts for all of it"
        );
        say(&group, &other, false).await;
        assert!(!may_send(&group, &one).await);
    });
}

#[test]
fn a_consent_without_proof_is_refused() {
    support::run(async |group| {
        let id = person(&group, "Орлова Вера", "89161110001").await;
        let consent = ConsentStatement {
            purpose: "advertising".into(),
            channel: "sms".into(),
            granted: true,
            ..Default::default()
        };
        let request = RecordConsentRequest {
            client_id: id,
            consent: Some(consent),
        };
        let refused = group
            .client()
            .record_consent(group.ask(request))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert!(refused.message().starts_with("consent.proof"));
    });
}

#[test]
fn contactability_says_whom_and_how_to_address() {
    support::run(async |group| {
        let id = person(&group, "Орлова Вера Ильинична", "89161110001").await;
        let request = GetContactabilityRequest { client_id: id };
        let reply = group
            .client()
            .get_contactability(group.ask(request))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(reply.salutation, "Вера Ильинична");
        assert_eq!(reply.phones, ["+79161110001"]);
        assert_eq!(reply.branch_id, "kazan");
    });
}

#[test]
fn owners_are_per_department_and_can_be_kept() {
    support::run(async |group| {
        let id = person(&group, "Орлова Вера", "89161110001").await;
        support::own(&group, &id, "sales", "e-1").await;
        support::own(&group, &id, "service", "e-2").await;
        let request = AssignOwnerRequest {
            client_id: id.clone(),
            department: "sales".into(),
            employee_id: "e-9".into(),
            branch_id: String::new(),
            only_if_absent: true,
        };
        let kept = group
            .client()
            .assign_owner(group.ask(request.clone()))
            .await
            .unwrap()
            .into_inner()
            .owners;
        assert_eq!(
            kept.iter()
                .find(|owner| owner.department == "sales")
                .unwrap()
                .employee_id,
            "e-1"
        );
        let taken_away = AssignOwnerRequest {
            employee_id: String::new(),
            only_if_absent: false,
            ..request
        };
        let left = group
            .client()
            .assign_owner(group.ask(taken_away))
            .await
            .unwrap()
            .into_inner()
            .owners;
        assert_eq!(left.len(), 1);
        let kinds: Vec<String> = group
            .timeline(&id)
            .await
            .into_iter()
            .map(|entry| entry.kind)
            .collect();
        assert_eq!(kinds.iter().filter(|kind| *kind == "owner_changed").count(), 3);
    });
}

#[test]
fn a_note_is_on_the_timeline_and_in_its_page() {
    support::run(async |group| {
        let id = person(&group, "Орлова Вера", "89161110001").await;
        for n in 0..5 {
            let request = AddNoteRequest {
                client_id: id.clone(),
                text: format!("note {n}"),
                kind: "note".into(),
                due_at: None,
            };
            group.client().add_note(group.ask(request)).await.unwrap();
        }
        let (mut cursor, mut texts) = (String::new(), Vec::new());
        loop {
            let page = edina_proto::common::v1::PageRequest { limit: 2, cursor };
            let request = edina_proto::registry::v1::GetTimelineRequest {
                client_id: id.clone(),
                page: Some(page),
                kinds: vec!["note".into()],
            };
            let reply = group
                .client()
                .get_timeline(group.ask(request))
                .await
                .unwrap()
                .into_inner();
            texts.extend(reply.entries.into_iter().map(|entry| entry.text));
            cursor = reply.page.unwrap().next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(texts, ["note 4", "note 3", "note 2", "note 1", "note 0"]);
    });
}
