//! What several use cases say and note.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_messaging::outbox::{self, Facts};
use edina_proto::{
    fact::Fact,
    registry::v1::{ClientChanged, ConsentChanged},
};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{RegistryError, root_of};
use crate::{
    client::{history::ConsentEntry, record::ConsentSaid},
    store::{self, timeline::Entry},
};

/// Puts a fact into the outbox of the transaction.
pub(super) async fn say<F: Fact>(
    connection: &mut PgConnection,
    caller: &Caller,
    fact: &F,
    at: DateTime<Utc>,
) -> Result<(), RegistryError> {
    outbox::enqueue(connection, &caller.group, fact, at).await?;
    Ok(())
}

/// Counts the card's version up and says that people changed it; `what` stands where the kind of a record does.
pub(super) async fn changed(
    connection: &mut PgConnection,
    caller: &Caller,
    root: Uuid,
    what: &str,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let version = store::clients::touch(connection, caller.group.as_str(), root).await?;
    let fact = ClientChanged {
        client_id: root.to_string(),
        source_record_id: String::new(),
        version,
        source: "console".to_owned(),
        record_kind: what.to_owned(),
    };
    say(connection, caller, &fact, now).await
}

/// An entry of the registry's own.
pub(super) fn own_entry(
    caller: &Caller,
    client_id: Uuid,
    kind: &str,
    ref_id: String,
    at: DateTime<Utc>,
    facts: &[(&str, String)],
) -> Entry {
    let id = Uuid::now_v7();
    Entry {
        id,
        client_id,
        at,
        kind: kind.to_owned(),
        ref_service: crate::NAME.to_owned(),
        ref_id,
        actor_employee_id: caller.employee_id().to_owned(),
        facts: sqlx::types::Json(
            facts
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect::<BTreeMap<_, _>>(),
        ),
        dedupe_key: id.to_string(),
        ..Entry::default()
    }
}

/// A client and the card it is part of.
pub(crate) struct Card<'a> {
    pub(crate) client_id: Uuid,
    pub(crate) root: Uuid,
    pub(crate) members: &'a [Uuid],
    /// The record that says it; none when a person or another service does.
    pub(crate) record_id: Option<Uuid>,
}

/// Adds a consent to the ledger and says so; answers the word.
pub(crate) async fn note_consent(
    connection: &mut PgConnection,
    caller: &Caller,
    client_id: Uuid,
    said: &ConsentSaid,
    source: &str,
    now: DateTime<Utc>,
) -> Result<Uuid, RegistryError> {
    let group = caller.group.as_str();
    let root = root_of(connection, group, client_id).await?;
    let members = store::clients::members(connection, group, &[root]).await?;
    let card = Card {
        client_id,
        root,
        members: &members,
        record_id: None,
    };
    let (facts, words) =
        note_consents(connection, caller, &card, std::slice::from_ref(said), source, now).await?;
    facts.store(connection, &caller.group, now).await?;
    Ok(words.first().copied().unwrap_or_default())
}

/// Adds consents to the ledger; answers what is to be said of them in the same transaction, and the words' ids. A refusal is noted for every
/// member of the card, so that it outlives an unmerge; a consent is one line that covers the members, and so is what a
/// record itself says: it goes where the record goes.
pub(crate) async fn note_consents(
    connection: &mut PgConnection,
    caller: &Caller,
    card: &Card<'_>,
    consents: &[ConsentSaid],
    source: &str,
    now: DateTime<Utc>,
) -> Result<(Facts, Vec<Uuid>), RegistryError> {
    let group = caller.group.as_str();
    let (mut facts, mut entries) = (Facts::default(), Vec::with_capacity(consents.len()));
    let mut words = Vec::with_capacity(consents.len());
    if consents.is_empty() {
        return Ok((facts, words));
    }
    for said in consents {
        let lines: Vec<(Uuid, Vec<Uuid>)> = if said.granted || card.record_id.is_some() {
            vec![(card.client_id, card.members.to_vec())]
        } else {
            card.members
                .iter()
                .map(|member| (*member, vec![*member]))
                .collect()
        };
        let said_id = Uuid::now_v7();
        let mut next = Some(said_id);
        for (client_id, covers) in lines {
            let line = ConsentEntry {
                id: next.take().unwrap_or_else(Uuid::now_v7),
                client_id,
                covers,
                purpose: said.purpose.clone(),
                channel: said.channel.clone(),
                granted: said.granted,
                text_version: said.text_version.clone(),
                proof: said.proof.clone(),
                source: if said.source.is_empty() {
                    source
                } else {
                    &said.source
                }
                .to_owned(),
                at: said.at.unwrap_or(now).min(now),
                by_employee_id: caller.employee_id().to_owned(),
                said_id,
                source_record_id: card.record_id,
                undone_at: None,
                undone_by: String::new(),
            };
            store::consents::insert(connection, group, &line, None, now).await?;
        }
        words.push(said_id);
    }
    let times = i64::try_from(consents.len()).unwrap_or(i64::MAX);
    let before = store::clients::touch_all(connection, group, &BTreeMap::from([(card.root, times)])).await?;
    let before = before.get(&card.root).copied().unwrap_or_default();
    for (version, said) in (before + 1..).zip(consents) {
        let told = [
            ("purpose", said.purpose.clone()),
            ("channel", said.channel.clone()),
            ("granted", said.granted.to_string()),
        ];
        let ref_id = card.root.to_string();
        let entry = own_entry(caller, card.client_id, "consent_changed", ref_id, now, &told);
        entries.push(match card.record_id {
            // It goes where the record goes.
            Some(record_id) => Entry {
                dedupe_key: format!("record:{record_id}:consent:{version}"),
                ..entry
            },
            None => entry,
        });
        let fact = ConsentChanged {
            client_id: card.root.to_string(),
            purpose: said.purpose.clone(),
            channel: said.channel.clone(),
            granted: said.granted,
            version,
        };
        facts.say(&caller.group, &fact);
    }
    store::timeline::put_all(connection, group, &entries).await?;
    Ok((facts, words))
}
