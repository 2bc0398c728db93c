//! Parts of messages as providers name them, and receipts on their way to a message.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::dispatches::digest;
use crate::channel::Receipt;

/// A receipt whose message is known.
pub struct MatchedReceipt {
    pub id: Uuid,
    pub provider_id: String,
    pub group_id: String,
    pub message_id: Uuid,
    pub state: String,
    pub error: String,
}

/// A part of a message.
pub struct PartRow {
    pub message_id: Uuid,
    pub provider_id: String,
    pub state: String,
}

/// Keeps receipts until their messages are known. Needs the system scope, as all here that names no group.
pub async fn keep(
    connection: &mut PgConnection,
    provider: &str,
    receipts: &[&Receipt],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = receipts.iter().map(|_| Uuid::now_v7()).collect();
    // No array of arrays: they would have to be of one length.
    let names: Vec<Value> = receipts.iter().map(|receipt| json!(receipt.ids)).collect();
    let digests: Vec<Option<Vec<u8>>> = receipts
        .iter()
        .map(|receipt| receipt.phone.as_ref().map(|phone| digest(phone)))
        .collect();
    let states: Vec<String> = receipts
        .iter()
        .map(|receipt| receipt.state.code().to_owned())
        .collect();
    let errors: Vec<String> = receipts
        .iter()
        .map(|receipt| receipt.error.clone().unwrap_or_default())
        .collect();
    sqlx::query!(
        "insert into receipts (id, provider, ids, recipient_digest, state, error, received_at)
         select id, $1, array(select jsonb_array_elements_text(ids)), recipient_digest, state, error, $2
         from unnest($3::uuid[], $4::jsonb[], $5::bytea[], $6::text[], $7::text[])
             as receipt (id, ids, recipient_digest, state, error)",
        provider,
        now,
        &ids,
        &names,
        &digests as _,
        &states,
        &errors
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether any receipt is kept.
pub async fn any(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists(select from receipts) as "any!""#)
        .fetch_one(connection)
        .await
}

/// Kept receipts whose part is known by now, oldest first. Of an id given twice the newer message counts.
pub async fn matched(connection: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<MatchedReceipt>> {
    sqlx::query_as!(
        MatchedReceipt,
        "select r.id, p.provider_id, p.group_id, p.message_id, r.state, r.error
         from receipts r cross join lateral (
             select provider_id, group_id, message_id from provider_parts
             where provider = r.provider and provider_id = any(r.ids)
             order by array_position(r.ids, provider_id), at desc limit 1) p
         order by r.received_at, r.id limit $1",
        limit
    )
    .fetch_all(connection)
    .await
}

/// The receipts were applied.
pub async fn forget(connection: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("delete from receipts where id = any($1)", ids)
        .execute(connection)
        .await?;
    Ok(())
}

/// Drops receipts that nobody claimed for so long: those of other programs on the same account.
pub async fn sweep(connection: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!("delete from receipts where received_at < $1", before)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// A kept receipt of an unknown id that can only be about one message in doubt: the only one on its way to that
/// phone. Its id becomes one of the message's. True when there was one.
pub async fn claim_for_doubt(connection: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into provider_parts (provider, provider_id, message_id, group_id, at)
         select r.provider, r.ids[1], d.message_id, d.group_id, $1
         from receipts r
         join dispatches d on d.provider = r.provider and d.recipient_digest = r.recipient_digest
             and d.state = 'in_doubt' and d.at <= r.received_at
         where cardinality(r.ids) > 0
           and not exists (select from provider_parts p where p.provider = r.provider and p.provider_id = any(r.ids))
           and not exists (select from dispatches o where o.provider = d.provider
               and o.recipient_digest = d.recipient_digest and o.state in ('sending', 'in_doubt')
               and o.message_id <> d.message_id)
           and (select count(*) from provider_parts p where p.message_id = d.message_id) < d.parts
         order by r.received_at limit 1
         on conflict do nothing",
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ids a provider gave to the message's parts.
pub async fn add_parts(
    connection: &mut PgConnection,
    group: &GroupId,
    provider: &str,
    message: Uuid,
    ids: &[String],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into provider_parts (provider, provider_id, message_id, group_id, at)
         select $1, id, $3, $4, $5 from unnest($2::text[]) as id on conflict do nothing",
        provider,
        ids,
        message,
        group.as_str(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The messages' parts with what receipts said so far.
pub async fn parts(
    connection: &mut PgConnection,
    group: &GroupId,
    messages: &[Uuid],
) -> sqlx::Result<Vec<PartRow>> {
    sqlx::query_as!(
        PartRow,
        "select message_id, provider_id, state from provider_parts where group_id = $1 and message_id = any($2)
         limit 10000",
        group.as_str(),
        messages
    )
    .fetch_all(connection)
    .await
}

/// What receipts say about parts: message, provider's id and state.
pub async fn set_parts(
    connection: &mut PgConnection,
    group: &GroupId,
    said: &[(Uuid, &str, &str)],
) -> sqlx::Result<()> {
    let messages: Vec<Uuid> = said.iter().map(|(message, ..)| *message).collect();
    let ids: Vec<String> = said.iter().map(|(_, id, _)| (*id).to_owned()).collect();
    let states: Vec<String> = said.iter().map(|(.., state)| (*state).to_owned()).collect();
    sqlx::query!(
        "update provider_parts p set state = said.state
         from unnest($2::uuid[], $3::text[], $4::text[]) as said (message_id, provider_id, state)
         where p.group_id = $1 and p.message_id = said.message_id and p.provider_id = said.provider_id
             and p.state <> said.state",
        group.as_str(),
        &messages,
        &ids,
        &states
    )
    .execute(connection)
    .await?;
    Ok(())
}
