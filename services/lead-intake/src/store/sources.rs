//! Sources and the hashes of their keys.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use rand::Rng as _;
use sqlx::PgConnection;

const COUNT_SHARDS: i16 = 16;

/// A source of leads.
#[derive(Debug, Clone, Default)]
pub struct SourceRow {
    /// Short name within the group.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// adf, form, journal, call
    pub channel: String,
    /// Branch its leads go to; empty: by the lead.
    pub branch_id: String,
    /// Topic of leads that name none.
    pub default_topic: String,
    /// Promise of the response clock, minutes.
    pub answer_minutes: i32,
    /// When something came last.
    pub last_input_at: Option<DateTime<Utc>>,
    /// Leads taken.
    pub accepted: i64,
    /// Inputs or parts rejected.
    pub rejected: i64,
}

/// Group and name of a key's source. Needs the system scope.
pub async fn group_of_key(
    connection: &mut PgConnection,
    hash: &[u8],
) -> sqlx::Result<Option<(String, String)>> {
    let row = sqlx::query!(
        "select group_id, source_name from source_keys where key_hash = $1",
        hash
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.group_id, row.source_name)))
}

/// Groups (at most two) with a form source of that public name. Needs the system scope.
pub async fn groups_of_public_name(
    connection: &mut PgConnection,
    name: &str,
) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        "select group_id, source_name from source_keys where public_name = $1 limit 2",
        name
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.group_id, row.source_name))
        .collect())
}

/// One source.
pub async fn get(
    connection: &mut PgConnection,
    group: &GroupId,
    name: &str,
) -> sqlx::Result<Option<SourceRow>> {
    sqlx::query_as!(
        SourceRow,
        r#"select name, display_name, channel, branch_id, default_topic, answer_minutes,
               coalesce(c.last_input_at, s.last_input_at) as last_input_at,
               s.accepted + coalesce(c.accepted, 0) as "accepted!", s.rejected + coalesce(c.rejected, 0) as "rejected!"
           from sources s
           cross join lateral (
               select max(last_input_at) as last_input_at, sum(accepted)::bigint as accepted, sum(rejected)::bigint as rejected
               from source_counts where group_id = s.group_id and source_name = s.name
           ) c
           where group_id = $1 and name = $2"#,
        group.as_str(),
        name
    )
    .fetch_optional(connection)
    .await
}

/// All sources of the group, by name; at most 200.
pub async fn list(connection: &mut PgConnection, group: &GroupId) -> sqlx::Result<Vec<SourceRow>> {
    sqlx::query_as!(
        SourceRow,
        r#"select name, display_name, channel, branch_id, default_topic, answer_minutes,
               coalesce(c.last_input_at, s.last_input_at) as last_input_at,
               s.accepted + coalesce(c.accepted, 0) as "accepted!", s.rejected + coalesce(c.rejected, 0) as "rejected!"
           from sources s
           cross join lateral (
               select max(last_input_at) as last_input_at, sum(accepted)::bigint as accepted, sum(rejected)::bigint as rejected
               from source_counts where group_id = s.group_id and source_name = s.name
           ) c
           where group_id = $1 order by name limit 200"#,
        group.as_str()
    )
    .fetch_all(connection)
    .await
}

/// Creates the source or changes its settings.
pub async fn put(
    connection: &mut PgConnection,
    group: &GroupId,
    source: &SourceRow,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let minutes = if source.answer_minutes > 0 {
        source.answer_minutes
    } else {
        15
    };
    sqlx::query!(
        "insert into sources (group_id, name, display_name, channel, branch_id, default_topic, answer_minutes, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (group_id, name) do update set display_name = excluded.display_name, channel = excluded.channel,
             branch_id = excluded.branch_id, default_topic = excluded.default_topic,
             answer_minutes = excluded.answer_minutes",
        group.as_str(),
        source.name,
        source.display_name,
        source.channel,
        source.branch_id,
        source.default_topic,
        minutes,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores the hash of a source's new key; the old key ends.
pub async fn put_key(
    connection: &mut PgConnection,
    group: &GroupId,
    name: &str,
    hash: &[u8],
    public_name: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into source_keys (group_id, source_name, key_hash, public_name) values ($1, $2, $3, $4)
         on conflict (group_id, source_name) do update set key_hash = excluded.key_hash, public_name = excluded.public_name",
        group.as_str(),
        name,
        hash,
        public_name
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The public name follows the channel of the source.
pub async fn set_public_name(
    connection: &mut PgConnection,
    group: &GroupId,
    name: &str,
    public_name: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update source_keys set public_name = $3
         where group_id = $1 and source_name = $2 and public_name is distinct from $3",
        group.as_str(),
        name,
        public_name
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What came by a source.
#[derive(Debug)]
pub struct Counted<'a> {
    /// Its name.
    pub source: &'a str,
    /// Leads, repeated ones included.
    pub accepted: i64,
    /// Inputs or parts.
    pub rejected: i64,
    /// When.
    pub at: DateTime<Utc>,
}

/// Counts what came, in one of several rows: everything a busy source sends would otherwise wait for one.
pub async fn count(
    connection: &mut PgConnection,
    group: &GroupId,
    counted: &Counted<'_>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into source_counts as c (group_id, source_name, shard, accepted, rejected, last_input_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (group_id, source_name, shard) do update set accepted = c.accepted + excluded.accepted,
             rejected = c.rejected + excluded.rejected, last_input_at = greatest(c.last_input_at, excluded.last_input_at)",
        group.as_str(),
        counted.source,
        any_shard(),
        counted.accepted,
        counted.rejected,
        counted.at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A row to count in.
pub(super) fn any_shard() -> i16 {
    rand::rng().random_range(0..COUNT_SHARDS)
}
