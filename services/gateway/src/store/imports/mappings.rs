//! What somebody said that columns are, for the next file of the same kind and columns: of the same branch, and where that has
//! said nothing, of the group.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// The files of which a mapping is remembered.
#[derive(Debug, Clone, Copy)]
pub struct Like<'a> {
    pub kind: &'a str,
    pub branch_id: &'a str,
    /// That of the importing crate.
    pub columns_key: &'a str,
}

/// Remembers a mapping, JSON.
pub async fn put(
    connection: &mut PgConnection,
    group_id: &str,
    files: Like<'_>,
    mapping: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with of_branch as (
             insert into import_branch_mappings (group_id, kind, branch_id, columns_key, mapping, changed_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (group_id, kind, branch_id, columns_key) do update
                 set mapping = excluded.mapping, changed_at = excluded.changed_at
         )
         insert into import_mappings (group_id, kind, columns_key, mapping, changed_at) values ($1, $2, $4, $5, $6)
         on conflict (group_id, kind, columns_key) do update
             set mapping = excluded.mapping, changed_at = excluded.changed_at",
        group_id,
        files.kind,
        files.branch_id,
        files.columns_key,
        mapping,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The mapping these columns had the last time: in this branch, else in whichever said it last.
pub async fn find(
    connection: &mut PgConnection,
    group_id: &str,
    files: Like<'_>,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"select coalesce(
             (select mapping from import_branch_mappings
              where group_id = $1 and kind = $2 and branch_id = $3 and columns_key = $4),
             (select mapping from import_mappings where group_id = $1 and kind = $2 and columns_key = $4)
         ) as mapping"#,
        group_id,
        files.kind,
        files.branch_id,
        files.columns_key
    )
    .fetch_one(connection)
    .await
}
