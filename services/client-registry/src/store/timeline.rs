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
    let of = Columns::of(entries);
    put_entries!("", "", group, of).execute(connection).await?;
    Ok(())
}

/// Entries, each with another key, as columns.
pub(crate) struct Columns<'a> {
    pub(crate) ids: Vec<Uuid>,
    pub(crate) clients: Vec<Uuid>,
    pub(crate) others: Vec<Option<Uuid>>,
    pub(crate) times: Vec<DateTime<Utc>>,
    /// Kind, department, branch, service and id of what is told of, who did it, text, key.
    pub(crate) texts: [Vec<String>; 8],
    pub(crate) facts: Vec<&'a Json<BTreeMap<String, String>>>,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(entries: &'a [Entry]) -> Self {
        let texts: [fn(&Entry) -> &String; 8] = [
            |entry| &entry.kind,
            |entry| &entry.department,
            |entry| &entry.branch_id,
            |entry| &entry.ref_service,
            |entry| &entry.ref_id,
            |entry| &entry.actor_employee_id,
            |entry| &entry.text,
            |entry| &entry.dedupe_key,
        ];
        Self {
            ids: entries.iter().map(|entry| entry.id).collect(),
            clients: entries.iter().map(|entry| entry.client_id).collect(),
            others: entries.iter().map(|entry| entry.other_client_id).collect(),
            times: entries.iter().map(|entry| entry.at).collect(),
            texts: texts.map(|text| entries.iter().map(|entry| text(entry).clone()).collect()),
            facts: entries.iter().map(|entry| &entry.facts).collect(),
        }
    }
}

/// The statement that adds entries, which may stand within another: between what is before and after it.
macro_rules! put_entries {
    ($before:literal, $after:literal, $group:expr, $of:expr $(, $more:expr)*) => {
        sqlx::query!(
            $before + "insert into timeline_entries as t (group_id, id, client_id, other_client_id, at, kind, department,
                 branch_id, ref_service, ref_id, actor_employee_id, text, dedupe_key, facts)
             select $1, id, client_id, other_client_id, at, kind, department, branch_id, ref_service, ref_id,
                 actor_employee_id, text, dedupe_key, facts
             from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[])
                 as entry (id, client_id, other_client_id, at, kind, department, branch_id, ref_service, ref_id,
                     actor_employee_id, text, dedupe_key, facts)
             on conflict (group_id, dedupe_key) do update set
                 at = least(t.at, excluded.at),
                 kind = excluded.kind,
                 branch_id = coalesce(nullif(excluded.branch_id, ''), t.branch_id),
                 actor_employee_id = coalesce(nullif(excluded.actor_employee_id, ''), t.actor_employee_id),
                 facts = t.facts || excluded.facts" + $after,
            $group,
            &$of.ids,
            &$of.clients,
            &$of.others as _,
            &$of.times,
            &$of.texts[0],
            &$of.texts[1],
            &$of.texts[2],
            &$of.texts[3],
            &$of.texts[4],
            &$of.texts[5],
            &$of.texts[6],
            &$of.texts[7],
            &$of.facts as _
            $(, $more)*
        )
    };
}
pub(crate) use put_entries;

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
