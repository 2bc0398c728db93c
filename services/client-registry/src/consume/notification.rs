//! Messages: one entry per message, its state among the facts. Who unsubscribes has refused advertising.

use std::collections::BTreeMap;

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
    registry::{References, RegistryError, note_consent},
    store::{self, confirmations, timeline::Entry},
};

const SERVICE: &str = "notification";
/// States a message cannot leave: a late 'sent' does not undo 'delivered'.
const FINAL: [&str; 3] = ["delivered", "failed", "blocked"];

/// Listens to notification.
pub(crate) struct Notification {
    relay: RelaySignal,
    references: References,
}

impl Notification {
    pub(crate) fn new(relay: RelaySignal, references: References) -> Self {
        Self { relay, references }
    }

    async fn handle(&self, tx: &mut Tx, events: &[Fresh<'_>]) -> Result<(), Refusal> {
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
        self.confirm(tx, group, &heard, &known).await?;
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

    /// What was delivered reached the client: notes which of his contacts that was.
    async fn confirm(
        &self,
        tx: &mut Tx,
        group: &str,
        heard: &[(&Delivery, Uuid, String, Told)],
        known: &BTreeMap<Uuid, Uuid>,
    ) -> Result<(), Refusal> {
        let delivered: Vec<_> = heard
            .iter()
            .filter(|(.., told)| told.state == "delivered" && !told.contact_ref.is_empty())
            .filter_map(|(event, client, _, told)| Some((event, *known.get(client)?, told)))
            .collect();
        if delivered.is_empty() {
            return Ok(());
        }
        let roots: Vec<Uuid> = delivered.iter().map(|(_, root, _)| *root).collect();
        let families = store::clients::families(tx, group, &roots).await?;
        let members: Vec<Uuid> = families.keys().copied().collect();
        let records = store::history::records(tx, group, &members).await?;
        for (event, root, told) in delivered {
            // The reference was made for the surviving id of its time.
            let ids: Vec<Uuid> = families
                .iter()
                .filter(|(_, of)| **of == root)
                .map(|(id, _)| *id)
                .collect();
            let is_meant = |kind: &str, value: &str| {
                ids.iter()
                    .any(|id| self.references.of(group, *id, kind, value) == told.contact_ref)
            };
            let mut meant = None;
            for record in records
                .iter()
                .rev()
                .filter(|record| ids.contains(&record.client_id))
            {
                let phone = record
                    .normalised
                    .phones
                    .iter()
                    .find(|phone| is_meant("phone", &phone.e164));
                let email = record
                    .normalised
                    .emails
                    .iter()
                    .find(|email| is_meant("email", &email.address));
                let found = phone
                    .map(|phone| ("phone", &phone.e164))
                    .or(email.map(|email| ("email", &email.address)));
                if let Some((kind, value)) = found {
                    meant = Some((record.client_id, kind, value));
                    break;
                }
            }
            let Some((client_id, kind, value)) = meant else {
                continue;
            };
            let proof = confirmations::Proof {
                kind,
                value,
                by_what: "delivered_message",
                ref_id: &told.message_id,
                by_employee_id: "",
            };
            confirmations::insert(tx, group, client_id, &proof, event.at).await?;
        }
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
        .map(drop)
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
    contact_ref: String,
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
            contact_ref: message.contact_ref,
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
            self.handle(tx, &[Fresh { event, span }]).await
        })
    }

    fn apply_all<'a>(
        &'a self,
        tx: &'a mut Tx,
        events: &'a [Fresh<'a>],
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(self.handle(tx, events))
    }

    fn applied(&self) {
        self.relay.wake();
    }
}
