//! Questions for a human: are these two one client?

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::why::Evidence;

/// A question with its evidence.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) left_id: Uuid,
    pub(crate) right_id: Uuid,
    pub(crate) bits: f64,
    pub(crate) evidence: Json<Vec<Evidence>>,
    pub(crate) state: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) decided_at: Option<DateTime<Utc>>,
    pub(crate) decided_by: String,
    pub(crate) merge_id: Option<Uuid>,
}

/// Opens a question unless this pair was asked about before. True when it is new.
pub(crate) async fn open(connection: &mut PgConnection, group: &str, row: &Row) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into reviews (group_id, id, left_id, right_id, bits, evidence, state, created_at)
         values ($1, $2, $3, $4, $5, $6, 'open', $7) on conflict (group_id, left_id, right_id) do nothing",
        group,
        row.id,
        row.left_id,
        row.right_id,
        row.bits,
        &row.evidence as _,
        row.created_at
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The question, locked until the transaction ends.
pub(crate) async fn find(connection: &mut PgConnection, group: &str, id: Uuid) -> sqlx::Result<Option<Row>> {
    sqlx::query_as!(
        Row,
        r#"select id, left_id, right_id, bits, evidence as "evidence!: Json<Vec<Evidence>>", state, created_at,
             decided_at, decided_by, merge_id
         from reviews where group_id = $1 and id = $2 for update"#,
        group,
        id
    )
    .fetch_optional(connection)
    .await
}

/// Stores a decision, or `open` again.
pub(crate) async fn decide(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    state: &str,
    at: Option<DateTime<Utc>>,
    by: &str,
    merge_id: Option<Uuid>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update reviews set state = $3, decided_at = $4, decided_by = $5, merge_id = $6 where group_id = $1 and id = $2",
        group,
        id,
        state,
        at,
        by,
        merge_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A page of questions, newest first. Open ones whose sides have become one card meanwhile answer themselves.
pub(crate) async fn page(
    connection: &mut PgConnection,
    group: &str,
    open: bool,
    clients: &[Uuid],
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"select r.id, r.left_id, r.right_id, r.bits, r.evidence as "evidence!: Json<Vec<Evidence>>", r.state,
             r.created_at, r.decided_at, r.decided_by, r.merge_id
         from reviews r
         join clients l on l.group_id = r.group_id and l.id = r.left_id
         join clients c on c.group_id = r.group_id and c.id = r.right_id
         where r.group_id = $1 and (r.state = 'open') = $2 and (not $2 or l.root_id <> c.root_id)
           and (cardinality($3::uuid[]) = 0 or r.left_id = any($3) or r.right_id = any($3))
           and r.id < $4
         order by r.id desc limit $5"#,
        group,
        open,
        clients,
        before.unwrap_or(Uuid::max()),
        limit
    )
    .fetch_all(connection)
    .await
}

/// How many questions wait.
pub(crate) async fn open_count(connection: &mut PgConnection, group: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from reviews r
         join clients l on l.group_id = r.group_id and l.id = r.left_id
         join clients c on c.group_id = r.group_id and c.id = r.right_id
         where r.group_id = $1 and r.state = 'open' and l.root_id <> c.root_id"#,
        group
    )
    .fetch_one(connection)
    .await
}
