//! Messages: one entry per message, its state among the facts. Who unsubscribes has refused advertising.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Refusal},
    outbox::RelaySignal,
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::notification::v1::{
    ClientUnsubscribed, MessageBlocked, MessageDelivered, MessageFailed, MessageSent,
};
use edina_runtime::caller::Caller;
use futures::future::BoxFuture;

use super::{entry, facts, member};
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

    async fn handle(tx: &mut Tx, event: &Delivery) -> Result<(), Refusal> {
        if let Some(stop) = event.decode::<ClientUnsubscribed>().transpose()? {
            return refuse(tx, event, &stop).await;
        }
        let Some(told) = read(event)? else { return Ok(()) };
        let group = event.group.as_str();
        let Some(member) = member(tx, group, SERVICE, "", &told.client_id).await? else {
            return Ok(());
        };
        let key = format!("message:{}", told.message_id);
        let known = store::timeline::facts(tx, group, &key).await?.unwrap_or_default();
        let settled = known.get("state").filter(|state| FINAL.contains(&state.as_str()));
        let state = settled.cloned().unwrap_or_else(|| told.state.to_owned());
        let line = Entry {
            facts: facts([
                ("state", state),
                ("channel", told.channel),
                ("template", told.template),
                ("code", told.code),
                ("sandboxed", told.sandboxed),
            ]),
            dedupe_key: key,
            ..entry(event, member, "message", SERVICE, &told.message_id)
        };
        store::timeline::put(tx, group, &line).await?;
        Ok(())
    }
}

/// Notes the refusal; a channel we do not know stands for all of them.
async fn refuse(tx: &mut Tx, event: &Delivery, stop: &ClientUnsubscribed) -> Result<(), Refusal> {
    let group = event.group.as_str();
    let Some(member) = member(tx, group, SERVICE, "", &stop.client_id).await? else {
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
        Box::pin(Self::handle(tx, event))
    }

    fn applied(&self) {
        self.relay.wake();
    }
}
