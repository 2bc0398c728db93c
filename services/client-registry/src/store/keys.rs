//! Match keys (candidates for linking), how often each was seen, and what the search box finds.

use edina_identity::{MatchKey, Stats};
use sqlx::PgConnection;
use uuid::Uuid;

/// Records looked at per key: a key that more records share identifies nobody by itself.
const MOST_PER_KEY: i64 = 100;
/// The counter of all records is spread over so many rows, lest every transaction wait for one.
const TOTAL_ROWS: u128 = 16;
const TOTAL: &str = "total";

/// One shared key: whose it is.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) client_id: Uuid,
    pub(crate) root_id: Uuid,
}

/// Every record that shares one of the keys, at most [`MOST_PER_KEY`] of each, newest first.
pub(crate) async fn hits(
    connection: &mut PgConnection,
    group: &str,
    keys: &[MatchKey],
) -> sqlx::Result<Vec<Hit>> {
    let kinds: Vec<String> = keys.iter().map(|key| key.kind.to_owned()).collect();
    let values: Vec<String> = keys.iter().map(|key| key.value.clone()).collect();
    sqlx::query_as!(
        Hit,
        r#"select found.client_id as "client_id!", c.root_id
         from unnest($2::text[], $3::text[]) as key (kind, value)
         cross join lateral (
             select m.client_id from match_keys m
             where m.group_id = $1 and m.kind = key.kind and m.value = key.value
             order by m.source_record_id desc limit $4
         ) found
         join clients c on c.group_id = $1 and c.id = found.client_id"#,
        group,
        &kinds,
        &values,
        MOST_PER_KEY
    )
    .fetch_all(connection)
    .await
}

/// The row in which a record counts among all records.
pub(crate) fn total_row(record_id: Uuid) -> (&'static str, String) {
    (TOTAL, (record_id.as_u128() % TOTAL_ROWS).to_string())
}

/// Counts a record's values in. The last statement of its transaction: rows of common names are locked by it.
pub(crate) async fn count_in(
    connection: &mut PgConnection,
    group: &str,
    record_id: Uuid,
    values: &[(&'static str, String)],
) -> sqlx::Result<()> {
    let mut rows: Vec<(String, String)> = values
        .iter()
        .chain([&total_row(record_id)])
        .map(|(kind, value)| ((*kind).to_owned(), value.clone()))
        .collect();
    // In one order for everybody, so that two transactions never wait for each other.
    rows.sort();
    rows.dedup();
    let (kinds, values): (Vec<String>, Vec<String>) = rows.into_iter().unzip();
    sqlx::query!(
        r#"insert into key_counts (group_id, kind, value, records)
         select $1, t.kind, t.value, 1 from unnest($2::text[], $3::text[]) with ordinality as t (kind, value, n)
         order by t.n
         on conflict (group_id, kind, value) do update set records = key_counts.records + 1"#,
        group,
        &kinds,
        &values
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How often these values were seen, and how many records there are.
pub(crate) async fn counts(
    connection: &mut PgConnection,
    group: &str,
    values: &[(&'static str, String)],
) -> sqlx::Result<Stats> {
    let total = sqlx::query_scalar!(
        r#"select coalesce(sum(records), 0)::bigint as "total!" from key_counts where group_id = $1 and kind = $2"#,
        group,
        TOTAL
    )
    .fetch_one(&mut *connection)
    .await?;
    let kinds: Vec<String> = values.iter().map(|(kind, _)| (*kind).to_owned()).collect();
    let wanted: Vec<String> = values.iter().map(|(_, value)| value.clone()).collect();
    let rows = sqlx::query!(
        "select k.kind, k.value, k.records from unnest($2::text[], $3::text[]) as t (kind, value)
         join key_counts k on k.group_id = $1 and k.kind = t.kind and k.value = t.value",
        group,
        &kinds,
        &wanted
    )
    .fetch_all(connection)
    .await?;
    let mut stats = Stats::new(total.unsigned_abs());
    for row in rows {
        stats.set(&row.kind, row.value, row.records.unsigned_abs());
    }
    Ok(stats)
}

/// How many cards carry each of these contacts.
pub(crate) async fn cards_with(
    connection: &mut PgConnection,
    group: &str,
    keys: &[(String, String)],
) -> sqlx::Result<Vec<(String, String, i64)>> {
    let (kinds, values): (Vec<String>, Vec<String>) = keys.iter().cloned().unzip();
    let rows = sqlx::query!(
        r#"select t.kind as "kind!", t.value as "value!", found.cards as "cards!"
         from unnest($2::text[], $3::text[]) as t (kind, value)
         cross join lateral (
             select count(distinct c.root_id) as cards from search_terms s
             join clients c on c.group_id = s.group_id and c.id = s.client_id
             where s.group_id = $1 and s.kind = t.kind and s.term = ltrim(t.value, '+')
         ) found"#,
        group,
        &kinds,
        &values
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.kind, row.value, row.cards))
        .collect())
}
