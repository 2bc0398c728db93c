//! A fact becomes intents: who is to be told what. Only ids are kept; the rest is asked for when sending.

use std::collections::HashSet;

use chrono::TimeDelta;
use edina_messaging::{envelope::Delivery, outbox::Facts};
use edina_postgres::{
    Tx,
    jobs::{self, NewJob},
};
use edina_proto::notification::v1::MessageQueued;
use edina_runtime::group::GroupId;
use serde_json::json;
use tracing::Span;
use uuid::Uuid;

use super::{Dispatcher, job, send_message::TURN_LOOK};
use crate::{
    store::messages::{self, Intent},
    template::TemplateName,
};

/// A client who calls again and again is told once in this time that we are sorry.
const CALL_MISSED_PAUSE: TimeDelta = TimeDelta::hours(1);

/// Intents of one transaction.
#[derive(Debug, Default)]
pub struct Intents(Vec<Queued>);

/// An intent, in the trace of the fact that made it.
#[derive(Debug)]
struct Queued {
    id: Uuid,
    intent: Intent,
    span: Span,
}

impl Intents {
    /// Adds what a fact makes us say. To be called in the fact's span.
    pub fn add(&mut self, event: &Delivery, mut intent: Intent) {
        intent.trigger_event = event.id;
        intent.trigger_type.clone_from(&event.event_type);
        intent.trigger_id.clone_from(&event.entity_id);
        self.0.push(Queued {
            id: Uuid::now_v7(),
            intent,
            span: Span::current(),
        });
    }
}

impl Dispatcher {
    /// Stores the intents and the jobs that send them, but for those that their facts made before.
    pub async fn queue_messages_in(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        intents: Intents,
    ) -> sqlx::Result<()> {
        if intents.0.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let rows: Vec<(Uuid, &Intent)> = intents
            .0
            .iter()
            .map(|queued| (queued.id, &queued.intent))
            .collect();
        let fresh = messages::insert(tx, group, &rows, now).await?;
        let (mut facts, mut work) = (Facts::default(), Vec::with_capacity(fresh.len()));
        let mut before_us = HashSet::new();
        for Queued { id, intent, span } in intents.0 {
            let Some(waits) = fresh.get(&id) else {
                continue;
            };
            // Who waits for another is called when that one leaves.
            let first = before_us.insert(intent.recipient_key());
            let due = if *waits || !first { now + TURN_LOOK } else { now };
            let fact = MessageQueued {
                message_id: id.to_string(),
                client_id: intent.client_id,
                employee_id: intent.employee_id,
                channel: intent.channel.to_owned(),
                template: intent.template.to_owned(),
                kind: "service".to_owned(),
                trigger_id: intent.trigger_id,
                version: 1,
                lead_id: intent.lead_id,
            };
            span.in_scope(|| {
                facts.say(group, &fact);
                work.push(NewJob::new(job::SEND, id.to_string(), due, json!({})));
            });
        }
        jobs::enqueue_all(tx, group, &work).await?;
        facts.store(tx, group, now).await
    }

    /// As [`queue_messages_in`](Self::queue_messages_in), for one who may have heard that from us just now.
    pub async fn queue_unless_heard(
        &self,
        tx: &mut Tx,
        event: &Delivery,
        intent: Intent,
    ) -> sqlx::Result<()> {
        let since = self.clock.now() - CALL_MISSED_PAUSE;
        if messages::had_since(tx, &event.group, &intent.client_id, intent.occasion, since).await? {
            return Ok(());
        }
        let mut intents = Intents::default();
        intents.add(event, intent);
        self.queue_messages_in(tx, &event.group, intents).await
    }
}

/// Why somebody is written to.
pub mod occasion {
    pub const LEAD_RECEIVED: &str = "lead_received";
    pub const LEAD_ASSIGNED: &str = "lead_assigned";
    pub const LEAD_OVERDUE: &str = "lead_overdue";
    pub const CALL_MISSED: &str = "call_missed";
}

impl Intent {
    /// An intent with the wording it will most likely get; [`occasion::LEAD_RECEIVED`] may change from SMS to mail.
    pub fn new(occasion: &'static str, template: TemplateName) -> Self {
        Self {
            occasion,
            template: template.code(),
            channel: template.channel().code(),
            ..Self::default()
        }
    }
}
