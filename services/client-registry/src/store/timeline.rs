//! The timeline: ids, kinds, times and small facts; newest first.

use std::collections::{BTreeMap, BTreeSet};

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
    put_all(connection, group, std::slice::from_ref(entry)).await
}

/// As [`put`] for many, in their order.
pub(crate) async fn put_all(
    connection: &mut PgConnection,
    group: &str,
    entries: &[Entry],
) -> sqlx::Result<()> {
    let mut rest = entries;
    while !rest.is_empty() {
        // One statement may touch a key once.
        let mut keys = BTreeSet::new();
        let repeated = rest.iter().position(|entry| !keys.insert(&entry.dedupe_key));
        let (now, later) = rest.split_at(repeated.unwrap_or(rest.len()));
        put_different(connection, group, now).await?;
        rest = later;
    }
    Ok(())
}

async fn put_different(connection: &mut PgConnection, group: &str, entries: &[Entry]) -> sqlx::Result<()> {
    let texts = |read: fn(&Entry) -> &String| -> Vec<String> {
        entries.iter().map(|entry| read(entry).clone()).collect()
    };
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let clients: Vec<Uuid> = entries.iter().map(|entry| entry.client_id).collect();
    let others: Vec<Option<Uuid>> = entries.iter().map(|entry| entry.other_client_id).collect();
    let times: Vec<DateTime<Utc>> = entries.iter().map(|entry| entry.at).collect();
    let facts: Vec<&Json<BTreeMap<String, String>>> = entries.iter().map(|entry| &entry.facts).collect();
    sqlx::query!(
        "insert into timeline_entries as t (group_id, id, client_id, other_client_id, at, kind, department, branch_id,
             ref_service, ref_id, actor_employee_id, facts, text, dedupe_key)
         select $1, id, client_id, other_client_id, at, kind, department, branch_id, ref_service, ref_id,
             actor_employee_id, facts, text, dedupe_key
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
                 $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::text[], $14::text[])
             as entry (id, client_id, other_client_id, at, kind, department, branch_id, ref_service, ref_id,
                 actor_employee_id, facts, text, dedupe_key)
         on conflict (group_id, dedupe_key) do update set
             at = least(t.at, excluded.at),
             kind = excluded.kind,
             branch_id = coalesce(nullif(excluded.branch_id, ''), t.branch_id),
             actor_employee_id = coalesce(nullif(excluded.actor_employee_id, ''), t.actor_employee_id),
             facts = t.facts || excluded.facts",
        group,
        &ids,
        &clients,
        &others as _,
        &times,
        &texts(|entry| &entry.kind),
        &texts(|entry| &entry.department),
        &texts(|entry| &entry.branch_id),
        &texts(|entry| &entry.ref_service),
        &texts(|entry| &entry.ref_id),
        &texts(|entry| &entry.actor_employee_id),
        &facts as _,
        &texts(|entry| &entry.text),
        &texts(|entry| &entry.dedupe_key)
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

/// The clients of the entries with these keys and the call that began each, by key; entries that are not there are left out.
pub(crate) async fn begun(
    connection: &mut PgConnection,
    group: &str,
    dedupe_keys: &[String],
) -> sqlx::Result<BTreeMap<String, (Uuid, Option<String>)>> {
    let rows = sqlx::query!(
        "select dedupe_key, client_id, facts ->> 'call_id' as call_id from timeline_entries
         where group_id = $1 and dedupe_key = any($2)",
        group,
        dedupe_keys
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.dedupe_key, (row.client_id, row.call_id)))
        .collect())
}

/// The fact `state` of the entries with these keys, by key; entries that are not there are left out.
pub(crate) async fn states(
    connection: &mut PgConnection,
    group: &str,
    dedupe_keys: &[String],
) -> sqlx::Result<BTreeMap<String, String>> {
    let rows = sqlx::query!(
        r#"select dedupe_key, facts ->> 'state' as "state!" from timeline_entries
           where group_id = $1 and dedupe_key = any($2) and facts ? 'state'"#,
        group,
        dedupe_keys
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.dedupe_key, row.state)).collect())
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
