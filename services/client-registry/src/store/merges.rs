//! Merge links: undone by a mark, never deleted.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::why::Explained;

/// An edge between two clients.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) id: Uuid,
    pub(crate) kept_id: Uuid,
    pub(crate) absorbed_id: Uuid,
    pub(crate) at: DateTime<Utc>,
    pub(crate) by_employee_id: String,
    pub(crate) reason: String,
    pub(crate) undone_at: Option<DateTime<Utc>>,
}

/// What made the engine link two clients.
pub(crate) struct Cause<'a> {
    pub(crate) record_id: Uuid,
    pub(crate) import_id: Option<Uuid>,
    pub(crate) model_version: i32,
    pub(crate) why: &'a Explained,
}

/// Stores an edge; one that a person made has no cause.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    link: &Link,
    cause: Option<&Cause<'_>>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into merge_links (group_id, id, kept_id, absorbed_id, at, by_employee_id, reason, cause_record_id,
             import_id, model_version, bits, evidence)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        group,
        link.id,
        link.kept_id,
        link.absorbed_id,
        link.at,
        link.by_employee_id,
        link.reason,
        cause.map(|cause| cause.record_id),
        cause.and_then(|cause| cause.import_id),
        cause.map(|cause| cause.model_version),
        cause.map(|cause| cause.why.bits),
        cause.map(|cause| Json(cause.why.kept())) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Some active edges that an import caused, the newest first.
pub(crate) async fn of_import(
    connection: &mut PgConnection,
    group: &str,
    import_id: Uuid,
    portion: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from merge_links where group_id = $1 and import_id = $2 and undone_at is null
         order by id desc limit $3",
        group,
        import_id,
        portion
    )
    .fetch_all(connection)
    .await
}

/// The active edges that an import caused and that touch these clients, the newest first.
pub(crate) async fn of_import_at(
    connection: &mut PgConnection,
    group: &str,
    import_id: Uuid,
    clients: &[Uuid],
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from merge_links
         where group_id = $1 and import_id = $2 and undone_at is null and (kept_id = any($3) or absorbed_id = any($3))
         order by id desc",
        group,
        import_id,
        clients
    )
    .fetch_all(connection)
    .await
}

/// The edge of an id.
pub(crate) async fn find(connection: &mut PgConnection, group: &str, id: Uuid) -> sqlx::Result<Option<Link>> {
    sqlx::query_as!(
        Link,
        "select id, kept_id, absorbed_id, at, by_employee_id, reason, undone_at from merge_links
         where group_id = $1 and id = $2",
        group,
        id
    )
    .fetch_optional(connection)
    .await
}

/// Marks the edge as undone; false when it was before.
pub(crate) async fn undo(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    at: DateTime<Utc>,
    by: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update merge_links set undone_at = $3, undone_by = $4 where group_id = $1 and id = $2 and undone_at is null",
        group,
        id,
        at,
        by
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Active edges that touch these clients, oldest first.
pub(crate) async fn active(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<Vec<Link>> {
    sqlx::query_as!(
        Link,
        "select id, kept_id, absorbed_id, at, by_employee_id, reason, undone_at from merge_links
         where group_id = $1 and undone_at is null and (kept_id = any($2) or absorbed_id = any($2)) order by id",
        group,
        clients
    )
    .fetch_all(connection)
    .await
}

/// Some active edges that a model made, the newest first.
pub(crate) async fn of_model(
    connection: &mut PgConnection,
    group: &str,
    model_version: i32,
    portion: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from merge_links
         where group_id = $1 and model_version = $2 and undone_at is null
         order by id desc limit $3",
        group,
        model_version,
        portion
    )
    .fetch_all(connection)
    .await
}
