//! From NATS subjects to signals.

use std::time::Duration;

use edina_messaging::{envelope::Delivery, live};
use edina_proto::{
    calls::v1::{self as calls, CallLive},
    fact::Fact,
    intake::v1 as intake,
    notification::v1 as notification,
    registry::v1 as registry,
};
use edina_runtime::stop::Stop;
use futures::StreamExt as _;
use prost::Message as _;
use serde_json::json;

use super::{Hub, Signal};

const AGAIN: Duration = Duration::from_secs(1);

/// Follows live signals (ringing calls) until the stop.
pub async fn follow_signals(hub: Hub, nats: async_nats::Client, stop: Stop) {
    while !stop.is_requested() {
        if let Ok(mut messages) = live::subscribe(&nats).await {
            loop {
                let next = tokio::select! { () = stop.requested() => return, next = messages.next() => next };
                let Some(message) = next else { break };
                let mut parts = message.subject.as_str().split('.').skip(1);
                let (Some(group), Some("calls")) = (parts.next(), parts.next()) else {
                    continue;
                };
                let (Ok(group), Ok(call)) = (group.parse(), CallLive::decode(message.payload.clone())) else {
                    continue;
                };
                let json = json!({
                    "type": format!("call.{}", call.what), "call_id": call.call_id, "client_id": call.client_id,
                    "direction": call.direction, "extensions": call.extensions,
                });
                let topics = vec!["ringing".to_owned()];
                hub.send(Signal {
                    group,
                    topics,
                    json,
                    call: Some(call),
                });
            }
        }
        pause(&stop).await;
    }
}

/// Follows facts until the stop, to say what changed.
pub async fn follow_facts(hub: Hub, nats: async_nats::Client, stop: Stop) {
    while !stop.is_requested() {
        if let Ok(mut messages) = live::subscribe_facts(&nats).await {
            loop {
                let next = tokio::select! { () = stop.requested() => return, next = messages.next() => next };
                let Some(message) = next else { break };
                if let Some(signal) = Delivery::read(&message).ok().and_then(|event| signal(&event)) {
                    hub.send(signal);
                }
            }
        }
        pause(&stop).await;
    }
}

async fn pause(stop: &Stop) {
    tokio::select! { () = stop.requested() => {}, () = tokio::time::sleep(AGAIN) => {} }
}

/// What a fact means for open pages.
fn signal(event: &Delivery) -> Option<Signal> {
    let mut parts = event.subject.split('.').skip(2);
    let (service, entity) = (parts.next()?, parts.next()?);
    let fact = parts.next().unwrap_or_default();
    let clients = clients_of(event);
    let mut topics: Vec<String> = clients.iter().map(|id| format!("client:{id}")).collect();
    let topic = match (service, entity) {
        ("intake", "input") => "inputs",
        ("intake", _) => "leads",
        ("calls", "task") => "tasks",
        ("calls", _) => "calls",
        ("notification", _) => "messages",
        ("registry", "review") => "reviews",
        ("registry", _) => "clients",
        ("gateway", _) => "people",
        _ => return None,
    };
    topics.push(topic.to_owned());
    let json = json!({
        "type": format!("{entity}.{fact}"), "id": event.entity_id, "client_ids": clients,
        "at": crate::view::rfc3339(event.at),
    });
    Some(Signal {
        group: event.group.clone(),
        topics,
        json,
        call: None,
    })
}

/// The clients a fact is about.
fn clients_of(event: &Delivery) -> Vec<String> {
    let mut ids = Vec::new();
    macro_rules! read {
        ($($kind:path : $($field:ident),+;)*) => {
            $(if event.event_type == <$kind as Fact>::TYPE
                && let Ok(fact) = <$kind>::decode(event.payload.clone())
            {
                $(ids.push(fact.$field);)+
            })*
        };
    }
    read! {
        registry::ClientCreated: client_id;
        registry::ClientChanged: client_id;
        registry::ClientMerged: client_id, absorbed_client_id;
        registry::ClientSplit: client_id, restored_client_id;
        registry::OwnerChanged: client_id;
        registry::ConsentChanged: client_id;
        registry::VehicleChangedHands: from_client_id, to_client_id;
        registry::RecordMoved: from_client_id, to_client_id;
        registry::ReviewOpened: left_client_id, right_client_id;
        registry::ReviewDecided: left_client_id, right_client_id;
        registry::NoteAdded: client_id;
        intake::LeadResolved: client_id;
        intake::LeadAssigned: client_id;
        intake::LeadAnswered: client_id;
        intake::LeadOverdue: client_id;
        intake::LeadStageChanged: client_id;
        intake::LeadWon: client_id;
        intake::LeadLost: client_id;
        intake::LeadReopened: client_id;
        calls::CallAnswered: client_id;
        calls::CallMissed: client_id;
        calls::CallEnded: client_id;
        calls::TaskDue: client_id;
        calls::TaskDone: client_id;
        notification::MessageQueued: client_id;
        notification::MessageBlocked: client_id;
        notification::MessageSent: client_id;
        notification::MessageDelivered: client_id;
        notification::MessageFailed: client_id;
    }
    ids.retain(|id| !id.is_empty());
    ids
}
