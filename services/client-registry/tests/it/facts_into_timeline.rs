//! Facts of the other services become entries, once, however often they are delivered.

use edina_messaging::{connection, dead_letters, envelope, streams};
use edina_proto::{
    calls::v1::{CallAnswered, CallEnded},
    fact::Fact,
    intake::v1::{LeadResolved, LeadStageChanged},
    notification::v1::{ClientUnsubscribed, MessageDelivered, MessageSent},
    registry::v1::{GetContactabilityRequest, SourceRecord, TimelineEntry},
};
use uuid::Uuid;

use crate::support::{self, Group, record, until};

/// Delivers a fact as another service would, under an event id of the test's choice.
pub async fn deliver<F: Fact>(group: &Group, id: Uuid, fact: &F) {
    let world = group.world();
    let client = edina_messaging::connect(&world.nats_url, "test").await.unwrap();
    let jetstream = connection::jetstream(&client);
    streams::ensure(&jetstream, F::SERVICE, 1).await.unwrap();
    let mut headers = envelope::headers(
        id,
        F::TYPE,
        fact.entity_id(),
        world.clock.now(),
        None,
        "/edina/test",
    );
    // Past the server's own guard against repeats: the inbox is what is tested.
    headers.insert(envelope::MESSAGE_ID, Uuid::now_v7().to_string().as_str());
    let subject = streams::subject(group.caller.group.as_str(), F::SERVICE, F::ENTITY, F::FACT);
    #[expect(clippy::disallowed_methods, reason = "plays the relay of another service")]
    let sent = jetstream
        .publish_with_headers(subject, headers, fact.encode_to_vec().into())
        .await
        .unwrap();
    sent.await.unwrap();
}

pub fn of_kind(timeline: &[TimelineEntry], kind: &str) -> Vec<TimelineEntry> {
    timeline
        .iter()
        .filter(|entry| entry.kind == kind)
        .cloned()
        .collect()
}

pub async fn wait_for(group: &Group, client_id: &str, kind: &str) -> Vec<TimelineEntry> {
    until(kind, async || {
        !of_kind(&group.timeline(client_id).await, kind).is_empty()
    })
    .await;
    group.timeline(client_id).await
}

#[test]
fn the_same_event_twice_has_one_effect() {
    support::run(async |group| {
        let said = SourceRecord {
            full_name: "Олег Громов".into(),
            phones: vec!["89161234567".into()],
            ..record("lead_intake", "lead-1", "lead", 1)
        };
        let client_id = group.resolve(said).await.client_id;
        let resolved = LeadResolved {
            lead_id: "lead-1".into(),
            client_id: client_id.clone(),
            branch_id: "kazan".into(),
            topic: "sales".into(),
            ..Default::default()
        };
        let moved = |to: &str| LeadStageChanged {
            lead_id: "lead-1".into(),
            client_id: client_id.clone(),
            to_step: to.into(),
            ..Default::default()
        };
        let first = Uuid::now_v7();
        deliver(&group, first, &resolved).await;
        let step = Uuid::now_v7();
        deliver(&group, step, &moved("contact")).await;
        deliver(&group, step, &moved("contact")).await;
        deliver(&group, first, &resolved).await;
        // Events of one stream are applied in order: when this one is seen, the repeats were.
        deliver(
            &group,
            Uuid::now_v7(),
            &edina_proto::intake::v1::LeadLost {
                lead_id: "lead-1".into(),
                client_id: client_id.clone(),
                reason: "price".into(),
                ..Default::default()
            },
        )
        .await;
        let timeline = wait_for(&group, &client_id, "lead_lost").await;
        assert_eq!(of_kind(&timeline, "lead_received").len(), 1);
        assert_eq!(of_kind(&timeline, "lead_stage").len(), 1);
        assert_eq!(timeline[0].kind, "lead_lost", "newest first");
    });
}

#[test]
fn a_call_is_one_entry_and_confirms_the_phone() {
    support::run(async |group| {
        let said = SourceRecord {
            phones: vec!["89161234567".into()],
            ..record("call_tracking", "call-1", "call", 1)
        };
        let client_id = group.resolve(said).await.client_id;
        let answered = CallAnswered {
            call_id: "call-1".into(),
            client_id: client_id.clone(),
            employee_id: "e-7".into(),
            direction: "inbound".into(),
            wait_seconds: 4,
            ..Default::default()
        };
        deliver(&group, Uuid::now_v7(), &answered).await;
        let ended = CallEnded {
            call_id: "call-1".into(),
            client_id: client_id.clone(),
            outcome: "answered".into(),
            talk_seconds: 61,
            ..Default::default()
        };
        deliver(&group, Uuid::now_v7(), &ended).await;
        until("the end of the call", async || {
            of_kind(&group.timeline(&client_id).await, "call")
                .iter()
                .any(|call| call.facts.contains_key("talk_seconds"))
        })
        .await;
        let timeline = group.timeline(&client_id).await;
        assert_eq!(timeline.len(), 1);
        assert_eq!(timeline[0].actor_employee_id, "e-7");
        assert_eq!(timeline[0].facts["answered"], "true");
        let card = group.card(&client_id).await;
        let datum = card.contacts[0].datum.as_ref().unwrap();
        assert_eq!(datum.confirmed_by, "answered_call");
        assert!(datum.confirmed_at.is_some());
    });
}

#[test]
fn a_message_is_one_entry_with_its_last_state() {
    support::run(async |group| {
        let said = SourceRecord {
            phones: vec!["89161234567".into()],
            ..record("console", "x-1", "contact", 1)
        };
        let client_id = group.resolve(said).await.client_id;
        let delivered = MessageDelivered {
            message_id: "m-1".into(),
            client_id: client_id.clone(),
            channel: "sms".into(),
            ..Default::default()
        };
        let sent = MessageSent {
            message_id: "m-1".into(),
            client_id: client_id.clone(),
            channel: "sms".into(),
            template: "lead-received".into(),
            ..Default::default()
        };
        // Out of order, as receipts sometimes come.
        deliver(&group, Uuid::now_v7(), &delivered).await;
        deliver(&group, Uuid::now_v7(), &sent).await;
        until("the sent message", async || {
            of_kind(&group.timeline(&client_id).await, "message")
                .iter()
                .any(|entry| entry.facts.contains_key("template"))
        })
        .await;
        let messages = of_kind(&group.timeline(&client_id).await, "message");
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].facts["state"], "delivered");
    });
}

#[test]
fn a_delivered_message_confirms_the_contact_it_reached_and_no_other() {
    support::run(async |group| {
        let said = SourceRecord {
            full_name: "Олег Громов".into(),
            phones: vec!["89161234567".into(), "89057778899".into()],
            ..record("lead_intake", "l-1", "lead", 1)
        };
        let client_id = group.resolve(said).await.client_id;
        let request = GetContactabilityRequest {
            client_id: client_id.clone(),
        };
        let known = group
            .client()
            .get_contactability(group.ask(request))
            .await
            .unwrap();
        let known = known.into_inner();
        assert_eq!(known.phones.len(), known.phone_refs.len());
        let delivered = MessageDelivered {
            message_id: "m-1".into(),
            client_id: client_id.clone(),
            channel: "sms".into(),
            contact_ref: known.phone_refs[1].clone(),
            ..Default::default()
        };
        deliver(&group, Uuid::now_v7(), &delivered).await;
        until("the delivery", async || {
            !of_kind(&group.timeline(&client_id).await, "message").is_empty()
        })
        .await;
        for contact in group.card(&client_id).await.contacts {
            let datum = contact.datum.unwrap();
            let reached = contact.value == known.phones[1];
            let expected = if reached {
                ("delivered_message", "current")
            } else {
                ("", "stale")
            };
            assert_eq!((datum.confirmed_by.as_str(), datum.state.as_str()), expected);
            assert_eq!(contact.preferred, reached);
        }
    });
}

#[test]
fn who_unsubscribes_has_refused_advertising() {
    support::run(async |group| {
        let said = SourceRecord {
            phones: vec!["89161234567".into()],
            ..record("console", "x-1", "contact", 1)
        };
        let client_id = group.resolve(said).await.client_id;
        let stop = ClientUnsubscribed {
            client_id: client_id.clone(),
            channel: "sms".into(),
            scope: "advertising".into(),
        };
        deliver(&group, Uuid::now_v7(), &stop).await;
        until("the refusal", async || {
            let consents = group.card(&client_id).await.consents;
            consents
                .iter()
                .any(|consent| consent.channel == "sms" && !consent.granted)
        })
        .await;
    });
}

#[test]
fn an_unreadable_fact_is_kept_and_kept_again_when_its_replay_fails() {
    support::run(async |group| {
        let world = group.world();
        let client = edina_messaging::connect(&world.nats_url, "test").await.unwrap();
        let jetstream = connection::jetstream(&client);
        streams::ensure(&jetstream, LeadResolved::SERVICE, 1)
            .await
            .unwrap();
        let id = Uuid::now_v7();
        let now = world.clock.now();
        let headers = envelope::headers(
            id,
            LeadResolved::TYPE,
            "lead-unreadable",
            now,
            None,
            "/edina/test",
        );
        let subject = streams::subject(
            group.caller.group.as_str(),
            LeadResolved::SERVICE,
            "lead",
            "resolved",
        );
        #[expect(clippy::disallowed_methods, reason = "plays the relay of another service")]
        let sent = jetstream
            .publish_with_headers(subject, headers, vec![0xff; 4].into())
            .await
            .unwrap();
        sent.await.unwrap();
        let letters = async || {
            let all = dead_letters::list(&jetstream, 1000).await.unwrap_or_default();
            let ours = all.into_iter().filter(|letter| letter.event_id == id.to_string());
            ours.collect::<Vec<_>>()
        };
        until("the dead letter", async || !letters().await.is_empty()).await;
        let first = letters().await.remove(0);
        assert_eq!(first.consumer, "client-registry");
        assert!(first.reason.contains("decode"), "{}", first.reason);
        let (_, payload) = dead_letters::show(&jetstream, first.sequence).await.unwrap();
        assert_eq!(payload.as_ref(), [0xff; 4]);

        // Within the server's window against repeats: the new letter must not be taken for the old one.
        dead_letters::replay(&jetstream, first.sequence).await.unwrap();
        until("the letter of the failed replay", async || {
            letters()
                .await
                .iter()
                .any(|letter| letter.sequence > first.sequence)
        })
        .await;
    });
}
