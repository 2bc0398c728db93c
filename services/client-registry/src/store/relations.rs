//! What clients are to each other: rows that are added and, at most, marked undone.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::history::RelationEntry;

/// Stores a relation.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    entry: &RelationEntry,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into relations (group_id, id, kind, from_client_id, to_client_id, position, buyer_role, since, until,
             source, source_record_id, by_employee_id, at, correction_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        group,
        entry.id,
        entry.kind,
        entry.from_client_id,
        entry.to_client_id,
        entry.position,
        entry.buyer_role,
        entry.since,
        entry.until,
        entry.source,
        entry.source_record_id,
        entry.by_employee_id,
        entry.at,
        entry.correction_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a relation back; nothing when there is no such relation in force.
pub(crate) async fn undo(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    at: DateTime<Utc>,
    by_employee_id: &str,
) -> sqlx::Result<Option<RelationEntry>> {
    sqlx::query_as!(
        RelationEntry,
        "update relations set undone_at = $3, undone_by = $4 where group_id = $1 and id = $2 and undone_at is null
         returning id, kind, from_client_id, to_client_id, position, buyer_role, since, until, source, source_record_id,
             by_employee_id, at, undone_at, correction_id",
        group,
        id,
        at,
        by_employee_id
    )
    .fetch_optional(connection)
    .await
}

/// Takes back what came with a correction.
pub(crate) async fn undo_of(
    connection: &mut PgConnection,
    group: &str,
    correction_id: Uuid,
    at: DateTime<Utc>,
    by_employee_id: &str,
) -> sqlx::Result<Vec<RelationEntry>> {
    sqlx::query_as!(
        RelationEntry,
        "update relations set undone_at = $3, undone_by = $4
         where group_id = $1 and correction_id = $2 and undone_at is null
         returning id, kind, from_client_id, to_client_id, position, buyer_role, since, until, source, source_record_id,
             by_employee_id, at, undone_at, correction_id",
        group,
        correction_id,
        at,
        by_employee_id
    )
    .fetch_all(connection)
    .await
}

/// Relations in force from or to these clients, the newest first.
pub(crate) async fn of(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<Vec<RelationEntry>> {
    sqlx::query_as!(
        RelationEntry,
        "select id, kind, from_client_id, to_client_id, position, buyer_role, since, until, source, source_record_id,
             by_employee_id, at, undone_at, correction_id
         from relations
         where group_id = $1 and undone_at is null and (from_client_id = any($2) or to_client_id = any($2))
         order by at desc, id desc limit 500",
        group,
        clients
    )
    .fetch_all(connection)
    .await
}
