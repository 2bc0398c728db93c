//! Facts of the other services, into the timeline. Entries hold ids and times; texts and numbers stay with their owners.

mod calls;
mod intake;
mod notification;

use std::collections::BTreeMap;

use edina_messaging::{envelope::Delivery, inbox::Refusal};
use sqlx::PgConnection;
use uuid::Uuid;

pub(crate) use calls::Calls;
pub(crate) use intake::Intake;
pub(crate) use notification::Notification;

use crate::store::{self, timeline::Entry};

/// The member that an event is about: the one who got the record the event came from, so that an unmerge takes the
/// entry along; else the client the event names, if we know him.
async fn member(
    connection: &mut PgConnection,
    group: &str,
    source: &str,
    external_id: &str,
    client_id: &str,
) -> Result<Option<Uuid>, Refusal> {
    if let Some(member) = store::records::client_of(connection, group, source, external_id).await? {
        return Ok(Some(member));
    }
    named(connection, group, client_id).await
}

/// The client an event names, if we know him.
async fn named(connection: &mut PgConnection, group: &str, client_id: &str) -> Result<Option<Uuid>, Refusal> {
    let Ok(id) = client_id.parse::<Uuid>() else {
        return Ok(None);
    };
    Ok(store::clients::root_of(connection, group, id).await?.map(|_| id))
}

/// An entry about something of another service.
fn entry(event: &Delivery, client_id: Uuid, kind: &str, ref_service: &str, ref_id: &str) -> Entry {
    Entry {
        id: Uuid::now_v7(),
        client_id,
        at: event.at,
        kind: kind.to_owned(),
        ref_service: ref_service.to_owned(),
        ref_id: ref_id.to_owned(),
        dedupe_key: format!("event:{}", event.id),
        ..Entry::default()
    }
}

/// Small facts; empty ones are left out.
fn facts<const N: usize>(facts: [(&str, String); N]) -> sqlx::types::Json<BTreeMap<String, String>> {
    let told = facts.into_iter().filter(|(_, value)| !value.is_empty());
    sqlx::types::Json(told.map(|(key, value)| (key.to_owned(), value)).collect())
}
