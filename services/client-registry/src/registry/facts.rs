//! What several use cases say and note.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use edina_messaging::outbox;
use edina_proto::{fact::Fact, registry::v1::ConsentChanged};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::RegistryError;
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

/// Adds a consent to the ledger. A refusal is noted for every member of the card, so that it outlives an unmerge;
/// a consent is one line that covers the members.
pub(crate) async fn note_consent(
    connection: &mut PgConnection,
    caller: &Caller,
    client_id: Uuid,
    said: &ConsentSaid,
    source: &str,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let group = caller.group.as_str();
    let root = store::clients::root_of(connection, group, client_id)
        .await?
        .ok_or(RegistryError::NotFound("client"))?;
    let members = store::clients::members(connection, group, &[root]).await?;
    let lines: Vec<(Uuid, Vec<Uuid>)> = if said.granted {
        vec![(client_id, members)]
    } else {
        members.into_iter().map(|member| (member, vec![member])).collect()
    };
    for (client_id, covers) in lines {
        let line = ConsentEntry {
            id: Uuid::now_v7(),
            client_id,
            covers,
            purpose: said.purpose.clone(),
            channel: said.channel.clone(),
            granted: said.granted,
            text_version: said.text_version.clone(),
            proof: said.proof.clone(),
            source: source.to_owned(),
            at: said.at.unwrap_or(now).min(now),
        };
        store::consents::insert(connection, group, &line, now, caller.employee_id()).await?;
    }
    let version = store::clients::touch(connection, group, root).await?;
    let facts = [
        ("purpose", said.purpose.clone()),
        ("channel", said.channel.clone()),
        ("granted", said.granted.to_string()),
    ];
    let entry = own_entry(
        caller,
        client_id,
        "consent_changed",
        root.to_string(),
        now,
        &facts,
    );
    store::timeline::put(connection, group, &entry).await?;
    let fact = ConsentChanged {
        client_id: root.to_string(),
        purpose: said.purpose.clone(),
        channel: said.channel.clone(),
        granted: said.granted,
        version,
    };
    say(connection, caller, &fact, now).await
}
