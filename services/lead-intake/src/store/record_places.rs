//! Where the registry said that records lie: those of leads, and those of the calls that became leads.

use std::collections::HashMap;

use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

/// The source of the records of calls.
pub const CALLS: &str = "call_tracking";
/// The source of the records of leads.
pub const LEADS: &str = "lead_intake";

/// Notes where a record lies, unless something newer is known, and gives its leads to that client; the caller has locked
/// them. A lead whose client is not known yet finds the note when it is. Answers how many leads have another client now.
pub async fn put(
    connection: &mut PgConnection,
    group: &GroupId,
    (source, external_id): (&str, &str),
    client_id: &str,
    version: i64,
) -> sqlx::Result<u64> {
    let changed = sqlx::query!(
        "with place as (
             insert into record_places as known (group_id, source, external_id, client_id, version)
             values ($1, $2, $3, $4, $5)
             on conflict (group_id, source, external_id) do update
                 set client_id = excluded.client_id, version = excluded.version
                 where known.version < excluded.version
             returning client_id
         ), lead as (
             select id from leads where $2 = 'lead_intake' and group_id = $1 and id = $6
             union all
             select id from leads where $2 = 'call_tracking' and group_id = $1 and call_id = $3 and call_id <> ''
         )
         update leads set client_id = place.client_id, version = leads.version + 1 from place, lead
         where leads.group_id = $1 and leads.id = lead.id and leads.client_id not in ('', place.client_id)",
        group.as_str(),
        source,
        external_id,
        client_id,
        version,
        external_id.parse::<Uuid>().ok()
    )
    .execute(connection)
    .await?;
    Ok(changed.rows_affected())
}

/// Locks the leads of a record until the transaction ends.
pub async fn lock_leads(
    connection: &mut PgConnection,
    group: &GroupId,
    source: &str,
    external_id: &str,
) -> sqlx::Result<()> {
    if source == CALLS {
        return lock_call(connection, group, external_id).await;
    }
    sqlx::query!(
        "select id from leads where group_id = $1 and id = $2 for update",
        group.as_str(),
        external_id.parse::<Uuid>().ok()
    )
    .fetch_optional(connection)
    .await?;
    Ok(())
}

/// Serialises what is done for a call: its lead may not be there yet.
pub async fn lock_call(connection: &mut PgConnection, group: &GroupId, call_id: &str) -> sqlx::Result<()> {
    super::leads::lock(connection, group, CALLS, &[call_id.to_owned()]).await
}

/// Where these records lie, as far as they were moved, by their ids.
pub async fn of(
    connection: &mut PgConnection,
    group: &GroupId,
    source: &str,
    external_ids: &[String],
) -> sqlx::Result<HashMap<String, String>> {
    let rows = sqlx::query!(
        "select external_id, client_id from record_places where group_id = $1 and source = $2 and external_id = any($3)",
        group.as_str(),
        source,
        external_ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.external_id, row.client_id))
        .collect())
}
