//! Contacts of all cards in the order of what their clients are worth: where the list of what to confirm looks first.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A contact of a card.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) client_id: Uuid,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) segment: String,
    pub(crate) last_at: DateTime<Utc>,
    pub(crate) worth: f64,
}

/// How far the ledger has read.
pub(crate) struct Mark {
    pub(crate) read_to: Uuid,
    pub(crate) changes_to: DateTime<Utc>,
}

/// The mark, locked until the transaction ends; none while somebody else reads on.
pub(crate) async fn mark(
    connection: &mut PgConnection,
    group: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Mark>> {
    sqlx::query!(
        "insert into contact_ledger_marks (group_id, read_to, changes_to) values ($1, $2, $3) on conflict do nothing",
        group,
        Uuid::nil(),
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_as!(
        Mark,
        "select read_to, changes_to from contact_ledger_marks where group_id = $1 for update skip locked",
        group
    )
    .fetch_optional(connection)
    .await
}

/// Moves the mark.
pub(crate) async fn set_mark(connection: &mut PgConnection, group: &str, mark: &Mark) -> sqlx::Result<()> {
    sqlx::query!(
        "update contact_ledger_marks set read_to = $2, changes_to = $3 where group_id = $1",
        group,
        mark.read_to,
        mark.changes_to
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Records after the mark, in the order of their ids, with their clients.
pub(crate) async fn records_after(
    connection: &mut PgConnection,
    group: &str,
    mark: &Mark,
    limit: i64,
) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        "select id, client_id from source_records where group_id = $1 and id > $2 order by id limit $3",
        group,
        mark.read_to,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.client_id)).collect())
}

/// Clients that were merged or parted, or whose records were moved, since the mark; `from` is the least id of its time.
pub(crate) async fn changed_after(
    connection: &mut PgConnection,
    group: &str,
    mark: &Mark,
    from: Uuid,
) -> sqlx::Result<BTreeSet<Uuid>> {
    let rows = sqlx::query!(
        r#"select kept_id as "one!", absorbed_id as "other!" from merge_links where group_id = $1 and id >= $2
         union all
         select kept_id, absorbed_id from merge_links where group_id = $1 and undone_at >= $3
         union all
         select from_client_id, to_client_id from record_moves where group_id = $1 and id >= $2
         union all
         select from_client_id, to_client_id from record_moves where group_id = $1 and undone_at >= $3"#,
        group,
        from,
        mark.changes_to
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().flat_map(|row| [row.one, row.other]).collect())
}

/// Puts these lines in the place of all lines of these clients.
pub(crate) async fn replace(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
    lines: &[Line],
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.client_id).collect();
    let texts =
        |read: fn(&Line) -> &String| -> Vec<String> { lines.iter().map(|line| read(line).clone()).collect() };
    let times: Vec<DateTime<Utc>> = lines.iter().map(|line| line.last_at).collect();
    let worths: Vec<f64> = lines.iter().map(|line| line.worth).collect();
    sqlx::query!(
        "delete from contact_ledger where group_id = $1 and client_id = any($2)",
        group,
        clients
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into contact_ledger (group_id, client_id, kind, value, segment, last_at, worth)
         select $1, * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::float8[])
         on conflict do nothing",
        group,
        &ids,
        &texts(|line| &line.kind),
        &texts(|line| &line.value),
        &texts(|line| &line.segment),
        &times,
        &worths
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What is asked of the ledger.
pub(crate) struct Asked {
    /// Kind, segment, and the moment before which such a contact is stale.
    pub(crate) stale: Vec<(String, String, DateTime<Utc>)>,
    /// The last line of the page before.
    pub(crate) after: Option<Line>,
    pub(crate) limit: i64,
}

/// Lines that are stale by the ledger, of the client worth most first.
pub(crate) async fn page(
    connection: &mut PgConnection,
    group: &str,
    asked: &Asked,
) -> sqlx::Result<Vec<Line>> {
    let kinds: Vec<String> = asked.stale.iter().map(|(kind, ..)| kind.clone()).collect();
    let segments: Vec<String> = asked
        .stale
        .iter()
        .map(|(_, segment, _)| segment.clone())
        .collect();
    let before: Vec<DateTime<Utc>> = asked.stale.iter().map(|(.., before)| *before).collect();
    let after = asked.after.as_ref();
    sqlx::query_as!(
        Line,
        "select client_id, kind, value, segment, last_at, worth from contact_ledger l
         where group_id = $1
           and last_at < (select s.before from unnest($2::text[], $3::text[], $4::timestamptz[])
                              as s (kind, segment, before)
                          where s.kind = l.kind and s.segment = l.segment)
           and ($5::float8 is null or worth < $5
                or (worth = $5 and (client_id, kind, value) > ($6::uuid, $7::text, $8::text)))
         order by worth desc, client_id, kind, value limit $9",
        group,
        &kinds,
        &segments,
        &before,
        after.map(|line| line.worth),
        after.map(|line| line.client_id),
        after.map(|line| line.kind.as_str()),
        after.map(|line| line.value.as_str()),
        asked.limit
    )
    .fetch_all(connection)
    .await
}
