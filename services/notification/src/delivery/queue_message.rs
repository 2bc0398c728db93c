//! A fact becomes intents: who is to be told what. Only ids are kept; the rest is asked for when sending.

use chrono::TimeDelta;
use edina_messaging::{envelope::Delivery, outbox};
use edina_postgres::{Tx, jobs};
use edina_proto::notification::v1::MessageQueued;
use serde_json::json;
use uuid::Uuid;

use super::{Dispatcher, job};
use crate::{
    store::messages::{self, Intent},
    template::TemplateName,
};

/// A client who calls again and again is told once in this time that we are sorry.
const CALL_MISSED_PAUSE: TimeDelta = TimeDelta::hours(1);

impl Dispatcher {
    /// Stores the intent and the job that sends it; nothing when this fact made it before.
    pub async fn queue_message_in(
        &self,
        tx: &mut Tx,
        event: &Delivery,
        mut intent: Intent,
    ) -> sqlx::Result<()> {
        let now = self.clock.now();
        let group = &event.group;
        intent.trigger_event = event.id;
        intent.trigger_type.clone_from(&event.event_type);
        intent.trigger_id.clone_from(&event.entity_id);
        if intent.occasion == occasion::CALL_MISSED {
            let since = now - CALL_MISSED_PAUSE;
            if messages::had_since(tx, group, &intent.client_id, intent.occasion, since).await? {
                return Ok(());
            }
        }
        let id = Uuid::now_v7();
        if !messages::insert(tx, group, id, &intent, now).await? {
            return Ok(());
        }
        jobs::enqueue(tx, group, job::SEND, &id.to_string(), now, &json!({})).await?;
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
        outbox::enqueue(tx, group, &fact, now).await.map(drop)
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
