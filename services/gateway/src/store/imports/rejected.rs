//! Rows of files that were left out.

use sqlx::PgConnection;
use uuid::Uuid;

/// A row that was left out.
#[derive(Debug)]
pub struct RejectedRow {
    pub line: i64,
    /// Name of the column; empty: the whole row.
    pub field: String,
    pub reason_en: String,
    pub reason_ru: String,
    pub cells: Vec<String>,
}

/// Keeps a rejected row; the same one again changes nothing.
pub async fn put(
    connection: &mut PgConnection,
    group_id: &str,
    file_id: Uuid,
    row: &RejectedRow,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into import_rejected (group_id, file_id, line, field, reason_en, reason_ru, cells)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        group_id,
        file_id,
        row.line,
        row.field,
        row.reason_en,
        row.reason_ru,
        &row.cells
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Rejected rows after a line.
pub async fn after(
    connection: &mut PgConnection,
    group_id: &str,
    file_id: Uuid,
    line: i64,
    limit: i64,
) -> sqlx::Result<Vec<RejectedRow>> {
    sqlx::query_as!(
        RejectedRow,
        "select line, field, reason_en, reason_ru, cells from import_rejected
         where group_id = $1 and file_id = $2 and line > $3 order by line limit $4",
        group_id,
        file_id,
        line,
        limit
    )
    .fetch_all(connection)
    .await
}
