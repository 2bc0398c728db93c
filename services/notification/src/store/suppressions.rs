//! Addresses nothing, or no advertising, is sent to.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

/// One address and why it is not written to.
pub struct SuppressionRow {
    pub id: Uuid,
    pub channel: String,
    pub address: String,
    pub reason: String,
    pub scope: String,
    pub at: DateTime<Utc>,
}

/// Stores it, or changes reason and scope of an address already there. Answers what is stored.
pub async fn put(
    connection: &mut PgConnection,
    group: &GroupId,
    row: &SuppressionRow,
) -> sqlx::Result<SuppressionRow> {
    sqlx::query_as!(
        SuppressionRow,
        "insert into suppressions (group_id, id, channel, address, reason, scope, at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (group_id, channel, address) do update set reason = excluded.reason, scope = excluded.scope,
             at = excluded.at
         returning id, channel, address, reason, scope, at",
        group.as_str(),
        row.id,
        row.channel,
        row.address,
        row.reason,
        row.scope,
        row.at
    )
    .fetch_one(connection)
    .await
}

/// True when there was one.
pub async fn remove(connection: &mut PgConnection, group: &GroupId, id: Uuid) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from suppressions where group_id = $1 and id = $2",
        group.as_str(),
        id
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Newest first, older than `before`.
pub async fn list(
    connection: &mut PgConnection,
    group: &GroupId,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<SuppressionRow>> {
    let (before_at, before_id) = before.unzip();
    sqlx::query_as!(
        SuppressionRow,
        "select id, channel, address, reason, scope, at from suppressions
         where group_id = $1 and ($2::timestamptz is null or (at, id) < ($2, $3))
         order by at desc, id desc limit $4",
        group.as_str(),
        before_at,
        before_id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Reason and scope for one address, if it is suppressed.
pub async fn of_address(
    connection: &mut PgConnection,
    group: &GroupId,
    channel: &str,
    address: &str,
) -> sqlx::Result<Option<(String, String)>> {
    let row = sqlx::query!(
        "select reason, scope from suppressions where group_id = $1 and channel = $2 and address = $3",
        group.as_str(),
        channel,
        address
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.reason, row.scope)))
}
