//! Questions by pages: those that wait, those that somebody put off, those that were answered.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Row;
use crate::client::why::Evidence;

/// Most open questions counted: who has that many needs no exact number.
pub(crate) const MOST_COUNTED: i64 = 1_000;

/// Reads open questions. What has answered itself is left out: both sides have become one card, or one of them has no
/// records any more.
macro_rules! open {
    ($skipped:literal, $of:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"select r.id, r.left_id, r.right_id, r.bits, r.evidence as "evidence!: Json<Vec<Evidence>>", r.state,
                 r.created_at, r.decided_at, r.decided_by, r.merge_id, r.worth, "# + $skipped + r#" as "skipped_at?"
             from reviews r
             join clients l on l.group_id = r.group_id and l.id = r.left_id
             join clients c on c.group_id = r.group_id and c.id = r.right_id
             left join review_skips k on k.group_id = r.group_id and k.review_id = r.id and k.employee_id = $2
             where r.group_id = $1 and r.state = 'open' and l.root_id <> c.root_id
               and exists (select from clients m join source_records s on s.group_id = m.group_id and s.client_id = m.id
                           where m.group_id = $1 and m.root_id = l.root_id)
               and exists (select from clients m join source_records s on s.group_id = m.group_id and s.client_id = m.id
                           where m.group_id = $1 and m.root_id = c.root_id) "# + $of,
            $($argument),+
        )
    };
}

/// Whose questions, and who looks.
pub(crate) struct Looking<'a> {
    /// Clients one of which is a side; empty: any.
    pub(crate) clients: &'a [Uuid],
    /// Whoever put a question off sees it last.
    pub(crate) employee_id: &'a str,
}

/// Open questions, those worth most first, after the one at this place; without those that this employee put off.
pub(crate) async fn open_page(
    connection: &mut PgConnection,
    group: &str,
    looking: &Looking<'_>,
    after: Option<(f64, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let (worth, id) = after.unwrap_or((f64::INFINITY, Uuid::max()));
    let employee_id = looking.employee_id;
    if looking.clients.is_empty() {
        open!(
            "k.at",
            "and k.at is null and (r.worth, r.id) < ($3, $4) order by r.worth desc, r.id desc limit $5",
            group,
            employee_id,
            worth,
            id,
            limit
        )
        .fetch_all(connection)
        .await
    } else {
        open!(
            "k.at",
            "and k.at is null and (r.worth, r.id) < ($3, $4) and (r.left_id = any($6) or r.right_id = any($6))
             order by r.worth desc, r.id desc limit $5",
            group,
            employee_id,
            worth,
            id,
            limit,
            looking.clients
        )
        .fetch_all(connection)
        .await
    }
}

/// Open questions that this employee put off, the first put off first, after the one at this place.
pub(crate) async fn skipped_page(
    connection: &mut PgConnection,
    group: &str,
    looking: &Looking<'_>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let (at, id) = after.map_or((None, Uuid::nil()), |(at, id)| (Some(at), id));
    open!(
        "k.at",
        "and (k.at, r.id) > (coalesce($3, '-infinity'::timestamptz), $4)
         and (cardinality($6::uuid[]) = 0 or r.left_id = any($6) or r.right_id = any($6))
         order by k.at, r.id limit $5",
        group,
        looking.employee_id,
        at,
        id,
        limit,
        looking.clients
    )
    .fetch_all(connection)
    .await
}

/// A page of answered questions, of some clients or (with none named) of all, the last answer first.
pub(crate) async fn decided_page(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let (at, id) = before.map_or((None, Uuid::max()), |(at, id)| (Some(at), id));
    sqlx::query_as!(
        Row,
        r#"select id, left_id, right_id, bits, evidence as "evidence!: Json<Vec<Evidence>>", state, created_at,
             decided_at, decided_by, merge_id, worth, null::timestamptz as skipped_at
         from reviews
         where group_id = $1 and state <> 'open'
           and (cardinality($2::uuid[]) = 0 or left_id = any($2) or right_id = any($2))
           and (decided_at, id) < (coalesce($3, 'infinity'::timestamptz), $4)
         order by decided_at desc, id desc limit $5"#,
        group,
        clients,
        at,
        id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// How many questions wait, up to [`MOST_COUNTED`].
pub(crate) async fn open_count(connection: &mut PgConnection, group: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
             select from reviews r
             join clients l on l.group_id = r.group_id and l.id = r.left_id
             join clients c on c.group_id = r.group_id and c.id = r.right_id
             where r.group_id = $1 and r.state = 'open' and l.root_id <> c.root_id
               and exists (select from clients m join source_records s on s.group_id = m.group_id and s.client_id = m.id
                           where m.group_id = $1 and m.root_id = l.root_id)
               and exists (select from clients m join source_records s on s.group_id = m.group_id and s.client_id = m.id
                           where m.group_id = $1 and m.root_id = c.root_id)
             limit $2
           ) waiting"#,
        group,
        MOST_COUNTED
    )
    .fetch_one(connection)
    .await
}
