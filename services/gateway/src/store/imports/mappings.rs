//! What somebody said that columns are, for the next file of the same kind and columns.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Remembers a mapping, JSON.
pub async fn put(
    connection: &mut PgConnection,
    group_id: &str,
    kind: &str,
    columns_key: &str,
    mapping: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into import_mappings (group_id, kind, columns_key, mapping, changed_at) values ($1, $2, $3, $4, $5)
         on conflict (group_id, kind, columns_key) do update
             set mapping = excluded.mapping, changed_at = excluded.changed_at",
        group_id,
        kind,
        columns_key,
        mapping,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The mapping these columns had the last time.
pub async fn find(
    connection: &mut PgConnection,
    group_id: &str,
    kind: &str,
    columns_key: &str,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select mapping from import_mappings where group_id = $1 and kind = $2 and columns_key = $3",
        group_id,
        kind,
        columns_key
    )
    .fetch_optional(connection)
    .await
}
