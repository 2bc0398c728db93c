//! Keys of clients (candidates for linking), and how often each value was seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use edina_identity::Stats;
use sqlx::PgConnection;
use uuid::Uuid;

/// The counter of all records is spread over so many rows, lest every transaction wait for one.
const TOTAL_ROWS: u128 = 16;
/// Kind of the rows in which all records are counted.
pub(crate) const TOTAL: &str = "total";

/// Who has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holders {
    Few(Vec<Uuid>),
    /// What everybody has identifies nobody.
    TooMany,
}

/// Who has each of these keys, unless more than `most` clients do.
pub(crate) async fn holders(
    connection: &mut PgConnection,
    group: &str,
    keys: &[i64],
    most: usize,
) -> sqlx::Result<HashMap<i64, Holders>> {
    let rows = sqlx::query!(
        r#"select key.key as "key!", found.client_id
         from unnest($2::bigint[]) as key (key)
         cross join lateral (
             select client_id from client_keys where group_id = $1 and client_keys.key = key.key limit $3::bigint + 1
         ) found"#,
        group,
        keys,
        i64::try_from(most).unwrap_or(i64::MAX)
    )
    .fetch_all(connection)
    .await?;
    Ok(gathered(
        rows.into_iter().map(|row| (row.key, row.client_id)),
        most,
    ))
}

/// Holders by key, of which one more is read than may have it.
pub(crate) fn gathered(held: impl Iterator<Item = (i64, Uuid)>, most: usize) -> HashMap<i64, Holders> {
    let mut holders: HashMap<i64, Holders> = HashMap::new();
    for (key, client) in held {
        let of = holders.entry(key).or_insert_with(|| Holders::Few(Vec::new()));
        match of {
            Holders::Few(clients) if clients.len() < most => clients.push(client),
            _ => *of = Holders::TooMany,
        }
    }
    holders
}

/// By what clients are found: keys, and what people type.
#[derive(Debug, Default)]
pub(crate) struct Indexed {
    pub(crate) keys: BTreeSet<(i64, Uuid)>,
    /// What is shown, by kind, term and client.
    pub(crate) terms: BTreeMap<(String, String, Uuid), String>,
}

/// Brings the indexes from what was to what is.
pub(crate) async fn replace(
    connection: &mut PgConnection,
    group: &str,
    before: &Indexed,
    after: &Indexed,
) -> sqlx::Result<()> {
    let (gone_keys, gone_clients): (Vec<i64>, Vec<Uuid>) =
        before.keys.difference(&after.keys).copied().unzip();
    let (new_keys, new_clients): (Vec<i64>, Vec<Uuid>) = after.keys.difference(&before.keys).copied().unzip();
    let apart = |one: &Indexed, other: &Indexed| {
        let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ((kind, term, client), shown) in &one.terms {
            if !other.terms.contains_key(&(kind.clone(), term.clone(), *client)) {
                columns.0.push(kind.clone());
                columns.1.push(term.clone());
                columns.2.push(*client);
                columns.3.push(shown.clone());
            }
        }
        columns
    };
    let (gone_kinds, gone_terms, gone_of, _) = apart(before, after);
    let (new_kinds, new_terms, new_of, shown) = apart(after, before);
    sqlx::query!(
        "with gone as (
             delete from client_keys k using unnest($2::bigint[], $3::uuid[]) as gone (key, client_id)
             where k.group_id = $1 and k.key = gone.key and k.client_id = gone.client_id
         ), come as (
             insert into client_keys (group_id, key, client_id)
             select $1, * from unnest($4::bigint[], $5::uuid[]) on conflict do nothing
         ), unsaid as (
             delete from search_terms t using unnest($6::text[], $7::text[], $8::uuid[]) as gone (kind, term, client_id)
             where t.group_id = $1 and t.kind = gone.kind and t.term = gone.term and t.client_id = gone.client_id
         )
         insert into search_terms (group_id, kind, term, client_id, shown)
         select $1, * from unnest($9::text[], $10::text[], $11::uuid[], $12::text[]) on conflict do nothing",
        group,
        &gone_keys,
        &gone_clients,
        &new_keys,
        &new_clients,
        &gone_kinds,
        &gone_terms,
        &gone_of,
        &new_kinds,
        &new_terms,
        &new_of,
        &shown
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The row in which a record counts among all records.
pub(crate) fn total_row(record_id: Uuid) -> (&'static str, String) {
    (TOTAL, (record_id.as_u128() % TOTAL_ROWS).to_string())
}

/// Values with how often they are said, by columns: in one order for everybody, so that two transactions never wait for each
/// other in a ring.
pub(crate) fn counted(
    values: &BTreeMap<(&'static str, String), i64>,
) -> (Vec<String>, Vec<String>, Vec<i64>) {
    let columns = values.iter();
    columns
        .map(|((kind, value), count)| ((*kind).to_owned(), value.clone(), *count))
        .collect()
}

/// Values whose counts are wanted, by columns; with the rows of the total unless that is known.
pub(crate) fn wanted_counts(
    values: &[(&'static str, String)],
    total: Option<u64>,
) -> (Vec<String>, Vec<String>) {
    // The total's rows are named like the values: asked for by their kind alone they are taken for a great part of the
    // table, and the server plans for that.
    let rows_of_total = if total.is_some() { 0 } else { TOTAL_ROWS };
    let totals = (0..rows_of_total).map(|row| (TOTAL, row.to_string()));
    let all = totals.chain(values.iter().cloned());
    all.map(|(kind, value)| (kind.to_owned(), value)).unzip()
}

/// Counts of values that were read, and the total, unless that was known.
pub(crate) fn gathered_counts(
    read: impl Iterator<Item = (String, String, i64)>,
    total: Option<u64>,
) -> Stats {
    let (totals, values): (Vec<_>, Vec<_>) = read.partition(|(kind, ..)| kind == TOTAL);
    let read: i64 = totals.iter().map(|(.., records)| records).sum();
    let mut stats = Stats::new(total.unwrap_or(read.unsigned_abs()));
    for (kind, value, records) in values {
        stats.set(&kind, value, records.unsigned_abs());
    }
    stats
}

/// How often these values were seen, and how many records there are, which is read unless it is given.
pub(crate) async fn counts(
    connection: &mut PgConnection,
    group: &str,
    values: &[(&'static str, String)],
    total: Option<u64>,
) -> sqlx::Result<Stats> {
    let (kinds, wanted) = wanted_counts(values, total);
    let rows = sqlx::query!(
        "select k.kind, k.value, k.records from unnest($2::text[], $3::text[]) as t (kind, value)
         cross join lateral (
             select kind, value, records from key_counts c
             where c.group_id = $1 and c.kind = t.kind and c.value = t.value limit 1
         ) k",
        group,
        &kinds,
        &wanted
    )
    .fetch_all(connection)
    .await?;
    let read = rows.into_iter().map(|row| (row.kind, row.value, row.records));
    Ok(gathered_counts(read, total))
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
