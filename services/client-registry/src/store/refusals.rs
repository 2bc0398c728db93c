//! Refusals of clients that records left: see [`crate::registry::refusals`].

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use uuid::Uuid;

/// Words that people, or services, wrote down for these clients since the records of theirs came: by record.
pub(crate) async fn since_records(
    connection: &mut PgConnection,
    group: &str,
    records: &[Uuid],
    clients: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Vec<Uuid>>> {
    let rows = sqlx::query!(
        "select r.id as record_id, c.id from unnest($2::uuid[], $3::uuid[]) as asked (record_id, client_id)
         join source_records r on r.group_id = $1 and r.id = asked.record_id
         join consents c on c.group_id = $1 and c.client_id = asked.client_id
         where c.source_record_id is null and c.undone_at is null and c.recorded_at >= r.received_at",
        group,
        records,
        clients
    )
    .fetch_all(connection)
    .await?;
    let mut words: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for row in rows {
        words.entry(row.record_id).or_default().push(row.id);
    }
    Ok(words)
}

/// Takes away what came along with these moves.
pub(crate) async fn take_back(
    connection: &mut PgConnection,
    group: &str,
    moves: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from consents where group_id = $1 and carried_by = any($2)",
        group,
        moves
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Remembers by which numbers and addresses clients were known, of whom somebody wrote down words that stand.
pub(crate) async fn keep(
    connection: &mut PgConnection,
    group: &str,
    ways: &[(String, Uuid)],
) -> sqlx::Result<()> {
    let (ways, clients): (Vec<String>, Vec<Uuid>) = ways.iter().cloned().unzip();
    sqlx::query!(
        "insert into kept_refusals (group_id, way, client_id)
         select $1, asked.way, asked.client_id from unnest($2::text[], $3::uuid[]) as asked (way, client_id)
         where exists (
             select from consents c
             where c.group_id = $1 and c.client_id = asked.client_id and c.source_record_id is null
               and c.undone_at is null
         )
         on conflict do nothing",
        group,
        &ways,
        &clients
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The clients whose words are kept by these numbers and addresses.
pub(crate) async fn kept(
    connection: &mut PgConnection,
    group: &str,
    ways: &BTreeSet<&str>,
) -> sqlx::Result<BTreeMap<String, Vec<Uuid>>> {
    let ways: Vec<String> = ways.iter().map(|way| (*way).to_owned()).collect();
    let rows = sqlx::query!(
        "select way, client_id from kept_refusals where group_id = $1 and way = any($2)",
        group,
        &ways
    )
    .fetch_all(connection)
    .await?;
    let mut kept: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for row in rows {
        kept.entry(row.way).or_default().push(row.client_id);
    }
    Ok(kept)
}
