//! What the search box finds: ranges over folded terms, so that row-level security leaves the index usable.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::search_terms::prefix_bounds;

/// A card that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) root_id: Uuid,
    pub(crate) shown: String,
}

/// Terms looked at before cards are told apart.
const MOST_TERMS: i64 = 400;
/// Clients with the first word of a name that are checked for the other words.
const MOST_NAMESAKES: i64 = 20_000;

/// Cards with a term of this kind that begins with `prefix`, newest client first.
pub(crate) async fn by_prefix(
    connection: &mut PgConnection,
    group: &str,
    kind: &str,
    prefix: &str,
    limit: i64,
) -> sqlx::Result<Vec<Found>> {
    let (from, to) = prefix_bounds(prefix);
    sqlx::query_as!(
        Found,
        r#"select c.root_id as "root_id!", min(found.shown) as "shown!" from (
             select s.client_id, s.shown from search_terms s
             where s.group_id = $1 and s.kind = $2 and s.term >= $3 and s.term < $4 limit $5
         ) found
         join clients c on c.group_id = $1 and c.id = found.client_id
         group by c.root_id order by max(found.client_id::text) desc limit $6"#,
        group,
        kind,
        from,
        to,
        MOST_TERMS,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Cards with every one of the words, each the beginning of some word of one name or company. `words` are alternatives
/// (spellings) per word typed; the first should be the rarest, it drives the search.
pub(crate) async fn by_words(
    connection: &mut PgConnection,
    group: &str,
    kind: &str,
    words: &[Vec<String>],
    limit: i64,
) -> sqlx::Result<Vec<Found>> {
    let Some((first, others)) = words.split_first() else {
        return Ok(Vec::new());
    };
    let (from, to) = bounds(first);
    // The other words flattened: which word, its spelling's bounds.
    let mut number: Vec<i32> = Vec::new();
    let (mut others_from, mut others_to) = (Vec::new(), Vec::new());
    for (n, spellings) in others.iter().enumerate() {
        let (lows, highs) = bounds(spellings);
        number.extend(lows.iter().map(|_| i32::try_from(n).unwrap_or(i32::MAX)));
        others_from.extend(lows);
        others_to.extend(highs);
    }
    let wanted = i32::try_from(others.len()).unwrap_or(i32::MAX);
    sqlx::query_as!(
        Found,
        r#"with namesakes as (
             select s.client_id, s.shown from unnest($3::text[], $4::text[]) as w (low, high)
             cross join lateral (
                 select t.client_id, t.shown from search_terms t
                 where t.group_id = $1 and t.kind = $2 and t.term >= w.low and t.term < w.high limit $9
             ) s
         )
         select c.root_id as "root_id!", min(n.shown) as "shown!"
         from (
             select namesakes.client_id, namesakes.shown from namesakes
             where $8 = 0 or (
                 select count(distinct o.number) from unnest($5::int[], $6::text[], $7::text[]) as o (number, low, high)
                 where exists (
                     select from search_terms t where t.group_id = $1 and t.client_id = namesakes.client_id
                       and t.kind = $2 and t.term >= o.low and t.term < o.high
                 )
             ) = $8
             limit $10
         ) n
         join clients c on c.group_id = $1 and c.id = n.client_id
         group by c.root_id order by max(n.client_id::text) desc limit $11"#,
        group,
        kind,
        &from,
        &to,
        &number,
        &others_from,
        &others_to,
        wanted,
        MOST_NAMESAKES,
        MOST_TERMS,
        limit
    )
    .fetch_all(connection)
    .await
}

fn bounds(spellings: &[String]) -> (Vec<String>, Vec<String>) {
    spellings.iter().map(|spelling| prefix_bounds(spelling)).unzip()
}

/// Cards that carry this phone, the lately active first.
pub(crate) async fn by_phone(
    connection: &mut PgConnection,
    group: &str,
    digits: &str,
    limit: i64,
) -> sqlx::Result<Vec<(Uuid, Option<DateTime<Utc>>)>> {
    let rows = sqlx::query!(
        r#"select c.root_id as "root_id!", max(latest.at) as at from search_terms s
         join clients c on c.group_id = $1 and c.id = s.client_id
         left join lateral (
             select r.occurred_at as at from source_records r
             where r.group_id = $1 and r.client_id = s.client_id order by r.occurred_at desc limit 1
         ) latest on true
         where s.group_id = $1 and s.kind = 'phone' and s.term = $2
         group by c.root_id order by max(latest.at) desc nulls last limit $3"#,
        group,
        digits,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.root_id, row.at)).collect())
}
