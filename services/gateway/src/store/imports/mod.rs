//! Files for import: what is known of each. `pieces` has their bytes, `progress` how far the sending is, `queue` who
//! sends, `rejected` the rows left out, `mappings` what columns were taken for before.

pub mod mappings;
pub mod pieces;
pub mod progress;
pub mod queue;
pub mod rejected;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

/// A file and how far it is.
#[derive(Debug, Clone, Serialize)]
pub struct ImportRow {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub branch_id: String,
    /// As announced.
    pub bytes: i64,
    /// arriving, ready, trying, tried, running, done, failed
    pub state: String,
    /// JSON; none: as guessed.
    #[serde(skip)]
    pub mapping: Option<String>,
    /// What it became in the registry; empty before.
    pub import_id: String,
    pub total_rows: i64,
    pub next_row: i64,
    pub created: i64,
    pub linked: i64,
    pub to_review: i64,
    pub rejected: i64,
    pub known: i64,
    /// A trial weighed all rows together: its counts are exact.
    pub together: bool,
    pub problem_en: String,
    pub problem_ru: String,
    pub by_employee_id: String,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub begun_at: Option<DateTime<Utc>>,
    pub begun_row: i64,
    pub changed_at: DateTime<Utc>,
}

/// A file that begins to arrive.
#[derive(Debug)]
pub struct NewFile<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub kind: &'a str,
    pub branch_id: &'a str,
    pub bytes: i64,
    pub by_employee_id: &'a str,
}

/// Begins a file, if with it those whose bytes are kept have `most` bytes in all at most.
pub async fn insert(
    connection: &mut PgConnection,
    group_id: &str,
    file: &NewFile<'_>,
    most: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "insert into import_files (group_id, id, name, kind, branch_id, bytes, state, by_employee_id, created_at, changed_at)
         select $1, $2, $3, $4, $5, $6::bigint, 'arriving', $7, $8, $8
         where $6::bigint + (select coalesce(sum(bytes), 0)::bigint from import_files where group_id = $1 and state <> 'done') <= $9",
        group_id,
        file.id,
        file.name,
        file.kind,
        file.branch_id,
        file.bytes,
        file.by_employee_id,
        now,
        most
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Throws away what nobody has touched since then.
pub async fn purge(connection: &mut PgConnection, group_id: &str, since: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from import_files where group_id = $1 and changed_at < $2 and state not in ('running', 'trying')",
        group_id,
        since
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Throws a file away; false while it is being sent.
pub async fn forget(connection: &mut PgConnection, group_id: &str, id: Uuid) -> sqlx::Result<bool> {
    let gone = sqlx::query!(
        "delete from import_files where group_id = $1 and id = $2 and state not in ('running', 'trying')",
        group_id,
        id
    )
    .execute(connection)
    .await?;
    Ok(gone.rows_affected() > 0)
}

/// A file.
pub async fn find(
    connection: &mut PgConnection,
    group_id: &str,
    id: Uuid,
) -> sqlx::Result<Option<ImportRow>> {
    sqlx::query_as!(
        ImportRow,
        "select id, name, kind, branch_id, bytes, state, mapping, import_id, total_rows, next_row, created, linked,
            to_review, rejected, known, together, problem_en, problem_ru, by_employee_id, created_at, started_at, begun_at, begun_row, changed_at
         from import_files where group_id = $1 and id = $2",
        group_id,
        id
    )
    .fetch_optional(connection)
    .await
}

/// The latest files, the newest first.
pub async fn latest(
    connection: &mut PgConnection,
    group_id: &str,
    limit: i64,
) -> sqlx::Result<Vec<ImportRow>> {
    sqlx::query_as!(
        ImportRow,
        "select id, name, kind, branch_id, bytes, state, mapping, import_id, total_rows, next_row, created, linked,
            to_review, rejected, known, together, problem_en, problem_ru, by_employee_id, created_at, started_at, begun_at, begun_row, changed_at
         from import_files where group_id = $1 order by created_at desc, id desc limit $2",
        group_id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// How a file will be understood.
#[derive(Debug)]
pub struct Looked<'a> {
    pub kind: &'a str,
    pub branch_id: &'a str,
    /// JSON; none: it cannot be read.
    pub mapping: Option<&'a str>,
    pub preview: Option<&'a str>,
    /// Why it cannot be read, in English and Russian.
    pub problem: (&'a str, &'a str),
}

/// Keeps how a whole file will be understood; false while it is being sent, or after.
pub async fn set_looked(
    connection: &mut PgConnection,
    group_id: &str,
    id: Uuid,
    looked: &Looked<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let changed = sqlx::query!(
        "update import_files set kind = $3, branch_id = $4, mapping = $5, preview = $6, problem_en = $7, problem_ru = $8,
            state = 'ready', changed_at = $9
         where group_id = $1 and id = $2 and state in ('arriving', 'ready', 'tried', 'failed')",
        group_id,
        id,
        looked.kind,
        looked.branch_id,
        looked.mapping,
        looked.preview,
        looked.problem.0,
        looked.problem.1,
        now
    )
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// The kept preview, JSON; none when the file cannot be read.
pub async fn preview(
    connection: &mut PgConnection,
    group_id: &str,
    id: Uuid,
) -> sqlx::Result<Option<String>> {
    let found = sqlx::query_scalar!(
        "select preview from import_files where group_id = $1 and id = $2",
        group_id,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.flatten())
}
