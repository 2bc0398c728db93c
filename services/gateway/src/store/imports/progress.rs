//! How far the sending of a file is.

use chrono::{DateTime, Utc};
use edina_proto::registry::v1::ImportBatch;
use sqlx::PgConnection;
use uuid::Uuid;

/// Sets a file going as `state` (running or trying) for that person; false when it is going, done or cannot be read.
pub async fn start(
    connection: &mut PgConnection,
    group_id: &str,
    id: Uuid,
    state: &str,
    by_employee_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let changed = sqlx::query!(
        "update import_files set state = $3, by_employee_id = $4, import_id = '', total_rows = 0, next_row = 0, created = 0,
            linked = 0, to_review = 0, rejected = 0, known = 0, together = true, problem_en = '', problem_ru = '', begun_at = null,
            started_at = $5, changed_at = $5
         where group_id = $1 and id = $2 and state in ('ready', 'tried', 'failed') and preview is not null",
        group_id,
        id,
        state,
        by_employee_id,
        now
    )
    .execute(&mut *connection)
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "delete from import_rejected where group_id = $1 and file_id = $2",
        group_id,
        id
    )
    .execute(connection)
    .await?;
    Ok(true)
}

/// What it is in the registry, how many rows it has, and from where it is sent now.
pub async fn begun(
    connection: &mut PgConnection,
    group_id: &str,
    id: Uuid,
    import_id: &str,
    rows: (i64, i64),
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let (total_rows, next_row) = rows;
    sqlx::query!(
        "update import_files set import_id = $3, total_rows = $4, begun_row = $5, next_row = $5, begun_at = $6,
            problem_en = '', problem_ru = '', changed_at = $6
         where group_id = $1 and id = $2",
        group_id,
        id,
        import_id,
        total_rows,
        next_row,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Up to which row it is sent and its rejected rows are kept, and what became of the rows so far.
pub async fn proceed(
    connection: &mut PgConnection,
    group_id: &str,
    id: Uuid,
    next_row: u64,
    import: &ImportBatch,
    together: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let counts = import.counts.unwrap_or_default();
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    sqlx::query!(
        "update import_files set next_row = $3, created = $4, linked = $5, to_review = $6, rejected = $7, known = $8,
            together = $9, changed_at = $10
         where group_id = $1 and id = $2",
        group_id,
        id,
        signed(next_row),
        signed(counts.created),
        signed(counts.linked),
        signed(counts.to_review),
        signed(counts.rejected),
        signed(counts.known),
        together,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Says what holds it up, in English and Russian, while it goes on trying.
pub async fn held_up(
    connection: &mut PgConnection,
    group_id: &str,
    id: Uuid,
    problem: (&str, &str),
) -> sqlx::Result<()> {
    sqlx::query!(
        "update import_files set problem_en = $3, problem_ru = $4 where group_id = $1 and id = $2",
        group_id,
        id,
        problem.0,
        problem.1
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends it as `state` (done, tried, failed), with what is wrong if something is. A finished file's bytes are not needed
/// any more.
pub async fn end(
    connection: &mut PgConnection,
    group_id: &str,
    id: Uuid,
    state: &str,
    problem: (&str, &str),
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update import_files set state = $3, problem_en = $4, problem_ru = $5, changed_at = $6,
            preview = case when $3 = 'done' then null else preview end
         where group_id = $1 and id = $2",
        group_id,
        id,
        state,
        problem.0,
        problem.1,
        now
    )
    .execute(&mut *connection)
    .await?;
    if state == "done" {
        sqlx::query!(
            "delete from import_pieces where group_id = $1 and file_id = $2",
            group_id,
            id
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}
