//! Is it one we have? Leads of a source by its numbers and by their content, and the inputs that carried them.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::lead::Lead;

/// Serialises leads of a source that share a name (a fingerprint, an id of the sender) until the transaction ends.
///
/// Taken in one order, so that two documents with the same leads cannot wait for each other in a circle; and from 64
/// locks a source, so that a long document does not fill the server's table of locks.
pub async fn lock(
    connection: &mut PgConnection,
    group: &GroupId,
    source: &str,
    names: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(key) as locked from (
             select distinct hashtextextended($1, 2) # (hashtextextended(name, 3) & 63) as key
             from unnest($2::text[]) as name order by key) as locks",
        format!("{group}|{source}"),
        names
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}

/// Leads that may be the one that comes now.
#[derive(Debug)]
pub struct Alike {
    /// The one that carries one of the sender's numbers.
    pub by_number: Option<Uuid>,
    /// What that one says.
    pub content: Option<Json<Lead>>,
    /// One with the same content, received since.
    pub by_content: Option<Uuid>,
}

/// Leads of a source with one of these numbers or this fingerprint.
pub async fn alike(
    connection: &mut PgConnection,
    group: &GroupId,
    source: &str,
    numbers: &[String],
    fingerprint: &[u8],
    since: DateTime<Utc>,
) -> sqlx::Result<Alike> {
    sqlx::query_as!(
        Alike,
        r#"select numbered.lead_id as "by_number?", lead.content as "content?: Json<Lead>", same.id as "by_content?"
           from (values (1)) as one
           left join lateral (
               select lead_id from lead_source_ids
               where group_id = $1 and source_name = $2 and source_id = any($3) limit 1) as numbered on true
           left join leads as lead on lead.group_id = $1 and lead.id = numbered.lead_id
           left join lateral (
               select id from leads
               where group_id = $1 and source_name = $2 and fingerprint = $4 and received_at > $5
               order by received_at desc limit 1) as same on true"#,
        group.as_str(),
        source,
        numbers,
        fingerprint,
        since
    )
    .fetch_one(connection)
    .await
}

/// Another arrival of a known lead.
pub async fn arrive_again(
    connection: &mut PgConnection,
    group: &GroupId,
    lead_id: Uuid,
    input_id: Uuid,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    insert_arrival(connection, group, lead_id, input_id, at).await?;
    sqlx::query!(
        "update leads set arrivals = arrivals + 1, version = version + 1 where group_id = $1 and id = $2",
        group.as_str(),
        lead_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that an input carried the lead.
async fn insert_arrival(
    connection: &mut PgConnection,
    group: &GroupId,
    lead_id: Uuid,
    input_id: Uuid,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into arrivals (group_id, lead_id, input_id, at) values ($1, $2, $3, $4) on conflict do nothing",
        group.as_str(),
        lead_id,
        input_id,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The leads of an input with their fingerprints.
pub async fn of_input(
    connection: &mut PgConnection,
    group: &GroupId,
    input_id: Uuid,
) -> sqlx::Result<Vec<(Uuid, Vec<u8>)>> {
    let rows = sqlx::query!(
        "select distinct leads.id, leads.fingerprint from arrivals
         join leads on leads.group_id = arrivals.group_id and leads.id = arrivals.lead_id
         where arrivals.group_id = $1 and arrivals.input_id = $2 order by leads.id",
        group.as_str(),
        input_id
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.fingerprint)).collect())
}
