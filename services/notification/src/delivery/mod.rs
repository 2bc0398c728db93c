//! The use cases, over the pure rules of [`crate::message`] and the tables of [`crate::store`].
//!
//! ```text
//! fact -> queue_message: intent + job                     (the consumer's transaction)
//! job  -> send_message: today's address, wording, gate -> commit `sending` -> submit -> record_outcome
//! provider -> receipts: kept, acknowledged, matched by provider ids -> delivered or failed
//! ```

mod clearance;
mod error;
pub mod links;
pub mod queue_message;
mod receipts;
mod recipient;
mod record_outcome;
mod send_message;
mod suppressions;
mod wordings;
mod writing;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use chrono_tz::Tz;
use edina_messaging::{
    directory::Directory,
    outbox::{Facts, RelaySignal},
};
use edina_postgres::{
    Database, Tx,
    jobs::{self, JobSignal},
};
use edina_proto::{
    calls::v1::call_tracking_client::CallTrackingClient,
    intake::v1::lead_intake_client::LeadIntakeClient,
    notification::v1::{MessageBlocked, MessageDelivered, MessageFailed, MessageSent},
    registry::v1::client_registry_client::ClientRegistryClient,
};
use edina_runtime::{
    caller::{Caller, CallerKey},
    clock::SharedClock,
    group::GroupId,
};
use serde_json::json;
use tokio::sync::Notify;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{
    message::{
        gate::SendPolicy,
        progress::{MessageState, Step},
    },
    store::{
        messages::{self, MessageRow},
        turns,
    },
};

pub use error::DeliveryError;
pub(crate) use error::wording as problems_text;
pub use links::Links;
pub use suppressions::NewSuppression;
pub use wordings::Edited;

/// Kinds of durable jobs.
pub mod job {
    /// Takes one message from queued to wherever it goes.
    pub const SEND: &str = "send_message";
}

/// What the use cases work with.
#[derive(Clone)]
pub struct Dispatcher {
    pub database: Database,
    pub clock: SharedClock,
    pub registry: ClientRegistryClient<Channel>,
    pub intake: LeadIntakeClient<Channel>,
    pub calls: CallTrackingClient<Channel>,
    pub callers: CallerKey,
    pub directory: Directory,
    /// Woken after a commit that has facts.
    pub relay: RelaySignal,
    /// Woken after a commit that has jobs.
    pub jobs: JobSignal,
    /// Woken when kept receipts may have found their message.
    pub receipts: Arc<Notify>,
    pub links: Arc<Links>,
    pub policy: SendPolicy,
    pub console_url: String,
    pub default_zone: Tz,
    /// Messages this very process is handing over.
    pub in_flight: InFlight,
}

/// Ids of messages between the commit of `sending` and the record of its outcome.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<Mutex<HashSet<Uuid>>>);

impl InFlight {
    fn begin(&self, id: Uuid) -> Flight {
        self.ids().insert(id);
        Flight(self.clone(), id)
    }

    fn has(&self, id: Uuid) -> bool {
        self.ids().contains(&id)
    }

    fn ids(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends when dropped.
struct Flight(InFlight, Uuid);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.ids().remove(&self.1);
    }
}

impl Dispatcher {
    fn caller(&self, group: &GroupId) -> Caller {
        Caller::service("notification", group.clone())
    }

    /// Wakes whoever waits for what a commit may have brought.
    pub fn committed(&self) {
        self.relay.wake();
        self.jobs.wake();
        self.receipts.notify_one();
    }

    /// Moves the message one step, stores it with its history, and says so. False when the step does not belong here.
    async fn step(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        row: &mut MessageRow,
        step: Step,
        detail: (&str, &str),
    ) -> sqlx::Result<bool> {
        let mut facts = Facts::default();
        let moved = self.step_saying(tx, group, row, step, detail, &mut facts).await?;
        facts.store(tx, group, self.clock.now()).await?;
        Ok(moved)
    }

    /// As [`step`](Self::step); what there is to say is added to `facts`, which the caller stores.
    async fn step_saying(
        &self,
        tx: &mut Tx,
        group: &GroupId,
        row: &mut MessageRow,
        step: Step,
        detail: (&str, &str),
        facts: &mut Facts,
    ) -> sqlx::Result<bool> {
        let Some(next) = MessageState::from_code(&row.state).and_then(|state| state.after(step)) else {
            return Ok(false);
        };
        let now = self.clock.now();
        let before = std::mem::replace(&mut row.state, next.code().to_owned());
        if next == MessageState::Delivered {
            row.delivered_at = Some(now);
            row.error.clear();
        }
        if matches!(next, MessageState::Sent | MessageState::Delivered) {
            row.sent_at = row.sent_at.or(Some(now));
        }
        messages::save(tx, group, row, detail, now).await?;
        let in_turn = |code: &str| matches!(code, "queued" | "sending");
        if in_turn(&before) && !in_turn(next.code()) {
            self.call_next(tx, group, row).await?;
        }
        // A message settled from doubt was sent after all: that is said before that it arrived.
        if next == MessageState::Delivered && !matches!(before.as_str(), "sent" | "failed") {
            say_sent(facts, group, row);
        }
        say(facts, group, row, next);
        metrics::counter!("edina_messages_total", "channel" => row.channel.clone(), "state" => next.code())
            .increment(1);
        Ok(true)
    }

    /// The recipient's next message, if one waits for this one, is sent now.
    async fn call_next(&self, tx: &mut Tx, group: &GroupId, row: &MessageRow) -> sqlx::Result<()> {
        let Some(next) = turns::next_in_turn(tx, group, row).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        jobs::enqueue(tx, group, job::SEND, &next.to_string(), now, &json!({})).await
    }
}

fn say_sent(facts: &mut Facts, group: &GroupId, row: &MessageRow) {
    facts.say(
        group,
        &MessageSent {
            message_id: row.id.to_string(),
            client_id: row.client_id.clone(),
            employee_id: row.employee_id.clone(),
            channel: row.channel.clone(),
            template: row.template.clone(),
            lead_id: row.lead_id.clone(),
            sandboxed: row.sandboxed,
            version: version(row),
        },
    );
}

fn say(facts: &mut Facts, group: &GroupId, row: &MessageRow, state: MessageState) {
    let message_id = row.id.to_string();
    let (client_id, channel) = (row.client_id.clone(), row.channel.clone());
    let (template, lead_id, version) = (row.template.clone(), row.lead_id.clone(), version(row));
    match state {
        MessageState::Sent => say_sent(facts, group, row),
        MessageState::Blocked => {
            let code = row
                .reasons
                .first()
                .map(|reason| reason.code.clone())
                .unwrap_or_default();
            let fact = MessageBlocked {
                message_id,
                client_id,
                channel,
                code,
                version,
                template,
                lead_id,
            };
            facts.say(group, &fact);
        }
        MessageState::Delivered => {
            let fact = MessageDelivered {
                message_id,
                client_id,
                channel,
                version,
                template,
                lead_id,
                contact_ref: row.contact_ref.clone(),
            };
            facts.say(group, &fact);
        }
        MessageState::Failed => {
            let code = row.error.split(':').next().unwrap_or_default().to_owned();
            let fact = MessageFailed {
                message_id,
                client_id,
                channel,
                code,
                version,
                template,
                lead_id,
            };
            facts.say(group, &fact);
        }
        _ => {}
    }
}

fn version(row: &MessageRow) -> u64 {
    u64::try_from(row.version).unwrap_or(0)
}
