//! The dealership groups of this installation and the version of their directories.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A dealership group.
#[derive(Debug, Clone)]
pub struct GroupRow {
    /// Its id.
    pub group_id: String,
    /// Its name as people know it.
    pub display_name: String,
    /// Default language: `ru` or `en`.
    pub locale: String,
    /// Version of its directory.
    pub directory_version: i64,
    /// Put before short city numbers where the branch has none; empty: not known.
    pub area_code: String,
}

/// Creates a group or renames it.
pub async fn put(
    connection: &mut PgConnection,
    group_id: &str,
    display_name: &str,
    locale: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into groups (group_id, display_name, locale, created_at) values ($1, $2, $3, $4)
         on conflict (group_id) do update set display_name = excluded.display_name, locale = excluded.locale",
        group_id,
        display_name,
        locale,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// All groups (in a system transaction) or the own one; at most a thousand.
pub async fn list(connection: &mut PgConnection) -> sqlx::Result<Vec<GroupRow>> {
    sqlx::query_as!(
        GroupRow,
        "select group_id, display_name, locale, directory_version, area_code from groups order by group_id limit 1000"
    )
    .fetch_all(connection)
    .await
}

/// Raises the directory's version and answers it.
pub async fn raise_version(connection: &mut PgConnection, group_id: &str) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        "update groups set directory_version = directory_version + 1 where group_id = $1 returning directory_version",
        group_id
    )
    .fetch_optional(connection)
    .await
}
