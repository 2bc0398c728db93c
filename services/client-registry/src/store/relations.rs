//! What clients are to each other: rows that are added and, at most, marked undone.

use chrono::{DateTime, Utc};
use edina_identity::Normalised;
use sqlx::{PgConnection, types::Json};
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
             source, source_record_id, by_employee_id, at, correction_id, proposed, because, other_record_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
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
        entry.correction_id,
        entry.proposed,
        entry.because,
        entry.other_record_id
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
             by_employee_id, at, undone_at, correction_id, proposed, because, other_record_id",
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
             by_employee_id, at, undone_at, correction_id, proposed, because, other_record_id",
        group,
        correction_id,
        at,
        by_employee_id
    )
    .fetch_all(connection)
    .await
}

/// Relations in force from or to these clients, the newest first. Nobody works at a company that is no more: where no end was
/// said, the day on which its card says it ended is the end, as long as it says so.
pub(crate) async fn of(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<Vec<RelationEntry>> {
    sqlx::query_as!(
        RelationEntry,
        "select id, kind, from_client_id, to_client_id, position, buyer_role, since,
             case when kind = 'employer' and until is null then (
                 select greatest(since, k.value::date::timestamp at time zone 'UTC')
                 from clients company
                 join clients member on member.group_id = $1 and member.root_id = company.root_id
                 join corrections k on k.group_id = $1 and k.client_id = member.id
                 where company.group_id = $1 and company.id = to_client_id
                   and k.field = 'liquidated' and k.undone_at is null
                 order by k.at desc, k.id desc limit 1
             ) else until end as until,
             source, source_record_id,
             by_employee_id, at, undone_at, correction_id, proposed, because, other_record_id
         from relations
         where group_id = $1 and undone_at is null and (from_client_id = any($2) or to_client_id = any($2))
           -- What records show stands while they stand where they were.
           and not exists (
               select from source_records r
               where r.group_id = $1 and r.id in (source_record_id, other_record_id)
                 and (r.withdrawn or r.client_id not in (from_client_id, to_client_id))
           )
         order by at desc, id desc limit 500",
        group,
        clients
    )
    .fetch_all(connection)
    .await
}

/// A record that was not looked at for relations.
pub(crate) struct Unread {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) normalised: Json<Normalised>,
}

/// The last record that was looked at.
pub(crate) async fn mark(connection: &mut PgConnection, group: &str) -> sqlx::Result<Uuid> {
    let mark = sqlx::query_scalar!("select read_to from relation_marks where group_id = $1", group)
        .fetch_optional(connection)
        .await?;
    Ok(mark.unwrap_or_default())
}

/// Notes the last record that was looked at.
pub(crate) async fn set_mark(connection: &mut PgConnection, group: &str, read_to: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into relation_marks (group_id, read_to) values ($1, $2)
         on conflict (group_id) do update set read_to = excluded.read_to",
        group,
        read_to
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Some records after this one, in the order of their ids.
pub(crate) async fn after(
    connection: &mut PgConnection,
    group: &str,
    after: Uuid,
    most: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from source_records where group_id = $1 and id > $2 order by id limit $3",
        group,
        after,
        most
    )
    .fetch_all(connection)
    .await
}

/// What these records say, in the order of their ids.
pub(crate) async fn unread(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
) -> sqlx::Result<Vec<Unread>> {
    sqlx::query_as!(
        Unread,
        r#"select r.id, r.client_id, r.normalised as "normalised!: Json<Normalised>"
         from unnest($2::uuid[]) as asked (id)
         cross join lateral (
             select id, client_id, normalised from source_records
             where group_id = $1 and id = asked.id and not withdrawn limit 1
         ) r
         order by r.id"#,
        group,
        ids
    )
    .fetch_all(connection)
    .await
}

/// The clients with these INNs.
pub(crate) async fn with_inns(
    connection: &mut PgConnection,
    group: &str,
    inns: &[String],
) -> sqlx::Result<Vec<(String, Uuid)>> {
    if inns.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "select term, client_id from search_terms where group_id = $1 and kind = 'inn' and term = any($2)",
        group,
        inns
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.term, row.client_id)).collect())
}

/// A relation of which nothing more is asked than that it is known.
pub(crate) struct Known {
    pub(crate) kind: String,
    pub(crate) from_client_id: Uuid,
    pub(crate) to_client_id: Uuid,
}

/// Relations of these clients that stand, and those that a person took back while their records stand.
pub(crate) async fn known(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<Vec<Known>> {
    sqlx::query_as!(
        Known,
        "select kind, from_client_id, to_client_id from relations
         where group_id = $1 and (from_client_id = any($2) or to_client_id = any($2))
           and (undone_at is null or source_record_id is not null and coalesce(undone_by, '') <> '')
           and not exists (
               select from source_records r
               where r.group_id = $1 and r.id in (source_record_id, other_record_id)
                 and (r.withdrawn or r.client_id not in (from_client_id, to_client_id))
           )",
        group,
        clients
    )
    .fetch_all(connection)
    .await
}
