//! The timeline: ids, kinds, times and small facts; newest first.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

/// An entry as stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) other_client_id: Option<Uuid>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) kind: String,
    pub(crate) department: String,
    pub(crate) branch_id: String,
    pub(crate) ref_service: String,
    pub(crate) ref_id: String,
    pub(crate) actor_employee_id: String,
    pub(crate) facts: Json<BTreeMap<String, String>>,
    pub(crate) text: String,
    /// One entry per key; what comes later under the same key adds to it.
    pub(crate) dedupe_key: String,
}

/// Adds an entry; one with the same key keeps its id, client and time, takes the newer kind, and facts are joined.
pub(crate) async fn put(connection: &mut PgConnection, group: &str, entry: &Entry) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into timeline_entries as t (group_id, id, client_id, other_client_id, at, kind, department, branch_id,
             ref_service, ref_id, actor_employee_id, facts, text, dedupe_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (group_id, dedupe_key) do update set
             at = least(t.at, excluded.at),
             kind = excluded.kind,
             branch_id = coalesce(nullif(excluded.branch_id, ''), t.branch_id),
             actor_employee_id = coalesce(nullif(excluded.actor_employee_id, ''), t.actor_employee_id),
             facts = t.facts || excluded.facts",
        group,
        entry.id,
        entry.client_id,
        entry.other_client_id,
        entry.at,
        entry.kind,
        entry.department,
        entry.branch_id,
        entry.ref_service,
        entry.ref_id,
        entry.actor_employee_id,
        &entry.facts as _,
        entry.text,
        entry.dedupe_key
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The facts of the entry with this key.
pub(crate) async fn facts(
    connection: &mut PgConnection,
    group: &str,
    dedupe_key: &str,
) -> sqlx::Result<Option<BTreeMap<String, String>>> {
    let facts = sqlx::query_scalar!(
        r#"select facts as "facts!: Json<BTreeMap<String, String>>" from timeline_entries
         where group_id = $1 and dedupe_key = $2"#,
        group,
        dedupe_key
    )
    .fetch_optional(connection)
    .await?;
    Ok(facts.map(|facts| facts.0))
}

/// A page of the entries of these clients, newest first, before the cursor.
pub(crate) async fn page(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
    kinds: &[String],
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Entry>> {
    let (before_at, before_id) = before.unwrap_or((DateTime::<Utc>::MAX_UTC, Uuid::max()));
    let before_at = before_at.min(DateTime::from_timestamp(253_402_300_799, 0).unwrap_or(before_at));
    sqlx::query_as!(
        Entry,
        r#"select id, client_id, other_client_id, at, kind, department, branch_id, ref_service, ref_id,
             actor_employee_id, facts as "facts!: Json<BTreeMap<String, String>>", text, dedupe_key
         from timeline_entries
         where group_id = $1 and (client_id = any($2) or other_client_id = any($2))
           and (at, id) < ($3, $4) and (cardinality($5::text[]) = 0 or kind = any($5))
         order by at desc, id desc limit $6"#,
        group,
        clients,
        before_at,
        before_id,
        kinds,
        limit
    )
    .fetch_all(connection)
    .await
}
