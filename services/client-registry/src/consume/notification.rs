//! Messages: one entry per message, its state among the facts. Who unsubscribes has refused advertising.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Fresh, Refusal},
    outbox::RelaySignal,
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::notification::v1::{
    ClientUnsubscribed, MessageBlocked, MessageDelivered, MessageFailed, MessageSent,
};
use edina_runtime::caller::Caller;
use futures::future::BoxFuture;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::{entry, facts, named};
use crate::{
    client::{evidence::check_consent, record::ConsentSaid},
    registry::{RegistryError, note_consent},
    store::{self, timeline::Entry},
};

const SERVICE: &str = "notification";
/// States a message cannot leave: a late 'sent' does not undo 'delivered'.
const FINAL: [&str; 3] = ["delivered", "failed", "blocked"];

/// Listens to notification.
pub(crate) struct Notification {
    relay: RelaySignal,
}

impl Notification {
    pub(crate) fn new(relay: RelaySignal) -> Self {
        Self { relay }
    }

    async fn handle(tx: &mut Tx, events: &[Fresh<'_>]) -> Result<(), Refusal> {
        let Some(Fresh { event: first, .. }) = events.first() else {
            return Ok(());
        };
        let group = first.group.as_str();
        let mut heard = Vec::with_capacity(events.len());
        for Fresh { event, span } in events {
            if let Some(stop) = event.decode::<ClientUnsubscribed>().transpose()? {
                refuse(tx, event, &stop).instrument(span.clone()).await?;
                continue;
            }
            let Some(told) = read(event)? else { continue };
            // A message to an employee is on no card.
            if let Ok(client) = told.client_id.parse::<Uuid>() {
                heard.push((*event, client, format!("message:{}", told.message_id), told));
            }
        }
        let clients: Vec<Uuid> = heard.iter().map(|(_, client, ..)| *client).collect();
        let keys: Vec<String> = heard.iter().map(|(_, _, key, _)| key.clone()).collect();
        if clients.is_empty() {
            return Ok(());
        }
        let known = store::clients::roots_of(tx, group, &clients).await?;
        let mut states = store::timeline::states(tx, group, &keys).await?;
        let mut lines = Vec::with_capacity(heard.len());
        for (event, client, key, told) in heard {
            if !known.contains_key(&client) {
                continue;
            }
            let settled = states.get(&key).filter(|state| FINAL.contains(&state.as_str()));
            let state = settled.cloned().unwrap_or_else(|| told.state.to_owned());
            states.insert(key.clone(), state.clone());
            lines.push(Entry {
                facts: facts([
                    ("state", state),
                    ("channel", told.channel),
                    ("template", told.template),
                    ("code", told.code),
                    ("sandboxed", told.sandboxed),
                ]),
                dedupe_key: key,
                ..entry(event, client, "message", SERVICE, &told.message_id)
            });
        }
        store::timeline::put_all(tx, group, &lines).await?;
        Ok(())
    }
}

/// Notes the refusal; a channel we do not know stands for all of them.
async fn refuse(tx: &mut Tx, event: &Delivery, stop: &ClientUnsubscribed) -> Result<(), Refusal> {
    let group = event.group.as_str();
    let Some(member) = named(tx, group, &stop.client_id).await? else {
        return Ok(());
    };
    let channel = if check_consent("advertising", &stop.channel).is_ok() {
        &stop.channel
    } else {
        "any"
    };
    let said = ConsentSaid {
        purpose: "advertising".to_owned(),
        channel: channel.to_owned(),
        granted: false,
        proof: format!("unsubscribed: {}", event.id),
        at: Some(event.at),
        ..ConsentSaid::default()
    };
    let caller = Caller::service(SERVICE, event.group.clone());
    note_consent(tx, &caller, member, &said, SERVICE, event.at)
        .await
        .map_err(|error| match error {
            RegistryError::Database(error) => error.into(),
            other => Refusal::Never(other.to_string()),
        })
}

/// What an event tells of a message.
#[derive(Default)]
struct Told {
    message_id: String,
    client_id: String,
    state: &'static str,
    channel: String,
    template: String,
    code: String,
    sandboxed: String,
}

fn read(event: &Delivery) -> Result<Option<Told>, Refusal> {
    if let Some(message) = event.decode::<MessageSent>().transpose()? {
        return Ok(Some(Told {
            message_id: message.message_id,
            client_id: message.client_id,
            state: "sent",
            channel: message.channel,
            template: message.template,
            sandboxed: if message.sandboxed {
                "true".to_owned()
            } else {
                String::new()
            },
            ..Told::default()
        }));
    }
    if let Some(message) = event.decode::<MessageDelivered>().transpose()? {
        return Ok(Some(Told {
            message_id: message.message_id,
            client_id: message.client_id,
            state: "delivered",
            channel: message.channel,
            template: message.template,
            ..Told::default()
        }));
    }
    if let Some(message) = event.decode::<MessageFailed>().transpose()? {
        return Ok(Some(Told {
            message_id: message.message_id,
            client_id: message.client_id,
            state: "failed",
            channel: message.channel,
            template: message.template,
            code: message.code,
            ..Told::default()
        }));
    }
    if let Some(message) = event.decode::<MessageBlocked>().transpose()? {
        return Ok(Some(Told {
            message_id: message.message_id,
            client_id: message.client_id,
            state: "blocked",
            channel: message.channel,
            template: message.template,
            code: message.code,
            ..Told::default()
        }));
    }
    Ok(None)
}

impl Apply for Notification {
    fn interests(&self) -> Vec<String> {
        vec![
            subjects_of::<ClientUnsubscribed>(),
            subjects_of::<MessageSent>(),
            subjects_of::<MessageDelivered>(),
            subjects_of::<MessageFailed>(),
            subjects_of::<MessageBlocked>(),
        ]
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let span = Span::current();
            Self::handle(tx, &[Fresh { event, span }]).await
        })
    }

    fn apply_all<'a>(
        &'a self,
        tx: &'a mut Tx,
        events: &'a [Fresh<'a>],
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(Self::handle(tx, events))
    }

    fn applied(&self) {
        self.relay.wake();
    }
}
