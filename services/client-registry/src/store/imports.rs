//! Imports: what each brought, and where it goes on.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An import as stored.
#[derive(Debug, Clone)]
pub struct Import {
    pub id: Uuid,
    pub key: String,
    pub file_name: String,
    pub kind: String,
    pub branch_id: String,
    pub department: String,
    pub bytes: i64,
    /// running, done, undoing, undone; trying, tried: nothing of it stays
    pub state: String,
    /// Rows taken so far.
    pub next_row: i64,
    pub created: i64,
    pub linked: i64,
    pub to_review: i64,
    pub rejected: i64,
    pub known: i64,
    /// Records taken back so far.
    pub withdrawn: i64,
    /// Records that others said too and that stayed with them when it was taken back.
    pub handed_on: i64,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub by_employee_id: String,
}

/// Stores an import, or answers the one with its key. Trials are always new.
pub(crate) async fn begin(
    connection: &mut PgConnection,
    group: &str,
    import: &Import,
) -> sqlx::Result<Import> {
    sqlx::query!(
        "insert into imports (group_id, id, key, file_name, kind, branch_id, department, bytes, state, started_at,
             by_employee_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (group_id, key) where state in ('running', 'done', 'undoing') do nothing",
        group,
        import.id,
        import.key,
        import.file_name,
        import.kind,
        import.branch_id,
        import.department,
        import.bytes,
        import.state,
        import.started_at,
        import.by_employee_id
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_as!(
        Import,
        "select id, key, file_name, kind, branch_id, department, bytes, state, next_row, created, linked, to_review,
             rejected, known, withdrawn, handed_on, started_at, finished_at, by_employee_id
         from imports
         where group_id = $1 and key = $2 and (id = $3 or $4 and state in ('running', 'done', 'undoing'))",
        group,
        import.key,
        import.id,
        import.state == "running"
    )
    .fetch_one(connection)
    .await
}

/// The import, locked until the transaction ends.
pub(crate) async fn find(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
) -> sqlx::Result<Option<Import>> {
    sqlx::query_as!(
        Import,
        "select id, key, file_name, kind, branch_id, department, bytes, state, next_row, created, linked, to_review,
             rejected, known, withdrawn, handed_on, started_at, finished_at, by_employee_id
         from imports where group_id = $1 and id = $2 for update",
        group,
        id
    )
    .fetch_optional(connection)
    .await
}

/// Whether the last record that an import brought, with a later id than this one, is of an import under way.
pub(crate) async fn under_way(connection: &mut PgConnection, group: &str, after: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
             select from imports
             where group_id = $1 and state = 'running' and id = (
                 -- By the order of ids: few records are as young.
                 select import_id from source_records
                 where group_id = $1 and id > $2 and import_id is not null order by id desc limit 1
             )
         ) as "under_way!""#,
        group,
        after
    )
    .fetch_one(connection)
    .await
}

/// Stores how far an import has come.
pub(crate) async fn proceed(connection: &mut PgConnection, group: &str, import: &Import) -> sqlx::Result<()> {
    sqlx::query!(
        "update imports set state = $3, next_row = $4, created = $5, linked = $6, to_review = $7, rejected = $8,
             known = $9, finished_at = $10, withdrawn = $11, handed_on = $12
         where group_id = $1 and id = $2",
        group,
        import.id,
        import.state,
        import.next_row,
        import.created,
        import.linked,
        import.to_review,
        import.rejected,
        import.known,
        import.finished_at,
        import.withdrawn,
        import.handed_on
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A page, the newest first.
pub(crate) async fn page(
    connection: &mut PgConnection,
    group: &str,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Import>> {
    sqlx::query_as!(
        Import,
        "select id, key, file_name, kind, branch_id, department, bytes, state, next_row, created, linked, to_review,
             rejected, known, withdrawn, handed_on, started_at, finished_at, by_employee_id
         from imports
         where group_id = $1 and id < $2 and state not in ('trying', 'tried') order by id desc limit $3",
        group,
        before.unwrap_or(Uuid::max()),
        limit
    )
    .fetch_all(connection)
    .await
}

/// A record that is withdrawn.
pub(crate) struct Withdrawn {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) profile: Option<String>,
}

/// Some records of an import that are not withdrawn yet, by client.
pub(crate) async fn standing(
    connection: &mut PgConnection,
    group: &str,
    import_id: Uuid,
    portion: i64,
) -> sqlx::Result<Vec<Withdrawn>> {
    sqlx::query_as!(
        Withdrawn,
        "select id, client_id, profile from source_records
         where group_id = $1 and import_id = $2 and not withdrawn order by client_id, id limit $3",
        group,
        import_id,
        portion
    )
    .fetch_all(connection)
    .await
}

/// These records of the import, as they stand.
pub(crate) async fn of_records(
    connection: &mut PgConnection,
    group: &str,
    records: &[Uuid],
) -> sqlx::Result<Vec<Withdrawn>> {
    sqlx::query_as!(
        Withdrawn,
        "select id, client_id, profile from source_records
         where group_id = $1 and id = any($2) and not withdrawn order by client_id, id",
        group,
        records
    )
    .fetch_all(connection)
    .await
}

/// Records that were given to the client of the withdrawn are withdrawn: what they said of vehicles is said no more, and what
/// their import made the engine ask is asked no more. (Questions about clients of whom nothing is left are on no list while
/// that is so.)
pub(crate) async fn silence(
    connection: &mut PgConnection,
    group: &str,
    withdrawn: Uuid,
    records: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update source_records set withdrawn = true
         where group_id = $1 and id = any($3) and client_id = $2 and not withdrawn",
        group,
        withdrawn,
        records
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "with said as (delete from vehicle_statements where group_id = $1 and client_id = $2)
         update reviews set state = 'withdrawn'
         where group_id = $1 and state in ('open', 'skipped') and import_id = $2",
        group,
        withdrawn
    )
    .execute(connection)
    .await?;
    Ok(())
}
