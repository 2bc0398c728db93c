//! Consents never widen by a merge; owners are per department, with history.

use std::collections::BTreeMap;

use edina_proto::registry::v1::{
    AddNoteRequest, AssignOwnerRequest, ConsentState, ConsentStatement, GetContactabilityRequest,
    RecordConsentRequest, SourceRecord, UndoConsentRequest, UndoMergeRequest,
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

/// Says something of advertising as an employee; answers the word.
async fn word(group: &Group, client_id: &str, channel: &str, granted: bool) -> String {
    let request = RecordConsentRequest {
        client_id: client_id.into(),
        consent: Some(ConsentStatement {
            purpose: "advertising".into(),
            channel: channel.into(),
            granted,
            proof: "message 7".into(),
            source: "click".into(),
            ..Default::default()
        }),
    };
    let reply = group.client().record_consent(group.ask(request)).await.unwrap();
    reply.into_inner().consent_id
}

/// What counts on each channel, for the card and for whoever sends.
async fn counts(group: &Group, client_id: &str) -> BTreeMap<String, bool> {
    let of = |consents: Vec<ConsentState>| -> BTreeMap<String, bool> {
        let states = consents.into_iter();
        states.map(|state| (state.channel, state.granted)).collect()
    };
    let request = GetContactabilityRequest {
        client_id: client_id.into(),
    };
    let reply = group.client().get_contactability(group.ask(request)).await;
    let told = of(reply.unwrap().into_inner().consents);
    assert_eq!(
        of(group.card(client_id).await.consents),
        told,
        "one rule for both"
    );
    told
}

#[test]
fn a_general_yes_never_passes_an_sms_that_the_other_half_refused() {
    support::run(async |group| {
        let one = person(&group, "Орлова Вера", "89161110001").await;
        let other = person(&group, "Климова Вера Ильинична", "89037770466").await;
        word(&group, &other, "sms", false).await;
        word(&group, &one, "any", true).await;
        let apart = (counts(&group, &one).await, counts(&group, &other).await);
        assert!(apart.0["sms"]);
        let merge_id = support::merge(&group, &one, &other).await;
        let both = counts(&group, &one).await;
        assert_eq!((both["sms"], both["email"]), (false, true));
        let undo = UndoMergeRequest { merge_id };
        group.client().undo_merge(group.ask(undo)).await.unwrap();
        assert_eq!((counts(&group, &one).await, counts(&group, &other).await), apart);
    });
}

#[test]
fn a_word_written_down_by_mistake_is_taken_back_for_every_half() {
    support::run(async |group| {
        let one = person(&group, "Орлова Вера", "89161110001").await;
        let other = person(&group, "Климова Вера Ильинична", "89037770466").await;
        word(&group, &one, "sms", true).await;
        let merge_id = support::merge(&group, &one, &other).await;
        let mistake = word(&group, &one, "any", false).await;
        assert!(!counts(&group, &one).await["sms"]);
        let words = group.card(&one).await.consent_words;
        assert_eq!(words.len(), 2, "a refusal of two halves is one word");
        assert_eq!(
            (
                words[0].consent_id.as_str(),
                words[0].source.as_str(),
                words[0].actor_employee_id.as_str()
            ),
            (mistake.as_str(), "click", "e-1")
        );
        assert!(words[0].by_hand);

        let undo = UndoConsentRequest {
            consent_id: mistake.clone(),
        };
        let undone = group
            .client()
            .undo_consent(group.ask(undo.clone()))
            .await
            .unwrap();
        let left: Vec<_> = undone.into_inner().consents;
        assert_eq!(left.len(), 1);
        assert!(left[0].granted);
        let words = group.card(&one).await.consent_words;
        assert_eq!(
            words[0].undone_by_employee_id, "e-1",
            "what was said stays to be read"
        );
        let again = group.client().undo_consent(group.ask(undo)).await.unwrap_err();
        assert_eq!(again.code(), tonic::Code::FailedPrecondition);
        group
            .client()
            .undo_merge(group.ask(UndoMergeRequest { merge_id }))
            .await
            .unwrap();
        assert!(counts(&group, &other).await.is_empty(), "of the other half, too");
    });
}

#[test]
fn what_a_client_said_himself_is_not_taken_back() {
    support::run(async |group| {
        let said = SourceRecord {
            full_name: "Орлова Вера".into(),
            phones: vec!["89161110001".into()],
            consents: vec![ConsentStatement {
                purpose: "advertising".into(),
                channel: "any".into(),
                granted: false,
                ..Default::default()
            }],
            ..record("lead_intake", "l-1", "lead", 1)
        };
        let client = group.resolve(said).await.client_id;
        let words = group.card(&client).await.consent_words;
        assert!(!words[0].by_hand);
        let undo = UndoConsentRequest {
            consent_id: words[0].consent_id.clone(),
        };
        let refused = group.client().undo_consent(group.ask(undo)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
        assert!(!counts(&group, &client).await["sms"]);
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
