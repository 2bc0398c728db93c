//! Questions for a human: are these two one client?

mod pages;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::client::why::Evidence;
pub(crate) use pages::{Looking, decided_page, open_count, open_page, skipped_page};

/// Records of one card that are counted for what an answer is worth.
const MOST_RICHES: i64 = 50;

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
    /// What an answer is worth: pairs of records it will likely bring together.
    pub(crate) worth: f64,
    /// When whoever looks put it off.
    pub(crate) skipped_at: Option<DateTime<Utc>>,
}

/// A question that was opened.
pub(crate) struct Opened {
    pub(crate) id: Uuid,
    pub(crate) left_id: Uuid,
    pub(crate) right_id: Uuid,
}

/// Opens questions, each about another pair, unless the pair was asked about before. Answers those that are new.
pub(crate) async fn open(
    connection: &mut PgConnection,
    group: &str,
    rows: &[Row],
    import_id: Option<Uuid>,
) -> sqlx::Result<Vec<Opened>> {
    let ids = |read: fn(&Row) -> Uuid| -> Vec<Uuid> { rows.iter().map(read).collect() };
    let numbers = |read: fn(&Row) -> f64| -> Vec<f64> { rows.iter().map(read).collect() };
    let evidence: Vec<&Json<Vec<Evidence>>> = rows.iter().map(|row| &row.evidence).collect();
    let times: Vec<DateTime<Utc>> = rows.iter().map(|row| row.created_at).collect();
    sqlx::query_as!(
        Opened,
        "insert into reviews (group_id, id, left_id, right_id, bits, evidence, state, created_at, worth, import_id)
         select $1, id, left_id, right_id, bits, evidence, 'open', created_at, worth, $8
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::float8[], $6::jsonb[], $7::timestamptz[], $9::float8[])
             as asked (id, left_id, right_id, bits, evidence, created_at, worth)
         on conflict (group_id, left_id, right_id) do update
             set state = 'open', bits = excluded.bits, evidence = excluded.evidence, created_at = excluded.created_at,
                 worth = excluded.worth, import_id = excluded.import_id
             where reviews.state = 'withdrawn'
         returning id, left_id, right_id",
        group,
        &ids(|row| row.id),
        &ids(|row| row.left_id),
        &ids(|row| row.right_id),
        &numbers(|row| row.bits),
        &evidence as _,
        &times,
        import_id,
        &numbers(|row| row.worth)
    )
    .fetch_all(connection)
    .await
}

/// The question, locked until the transaction ends.
pub(crate) async fn find(connection: &mut PgConnection, group: &str, id: Uuid) -> sqlx::Result<Option<Row>> {
    sqlx::query_as!(
        Row,
        r#"select id, left_id, right_id, bits, evidence as "evidence!: Json<Vec<Evidence>>", state, created_at,
             decided_at, decided_by, merge_id, worth, null::timestamptz as skipped_at
         from reviews where group_id = $1 and id = $2 for update"#,
        group,
        id
    )
    .fetch_optional(connection)
    .await
}

/// Opens a question again whose answer was taken back; one that an import raised which was taken back since is withdrawn with
/// it. Answers its state.
pub(crate) async fn reopen(connection: &mut PgConnection, group: &str, id: Uuid) -> sqlx::Result<String> {
    sqlx::query_scalar!(
        "update reviews r set decided_at = null, decided_by = '', merge_id = null, state = case when exists (
             select from imports i where i.group_id = $1 and i.id = r.import_id and i.state in ('undoing', 'undone')
         ) then 'withdrawn' else 'open' end
         where r.group_id = $1 and r.id = $2 returning r.state",
        group,
        id
    )
    .fetch_one(connection)
    .await
}

/// Stores a decision.
pub(crate) async fn decide(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    state: &str,
    at: DateTime<Utc>,
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

/// Puts a question off for this employee.
pub(crate) async fn skip(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    employee_id: &str,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into review_skips (group_id, review_id, employee_id, at) values ($1, $2, $3, $4)
         on conflict (group_id, employee_id, review_id) do update set at = excluded.at",
        group,
        id,
        employee_id,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts a question back to its place; false when this employee had not put it off.
pub(crate) async fn unskip(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    employee_id: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from review_skips where group_id = $1 and review_id = $2 and employee_id = $3",
        group,
        id,
        employee_id
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How much is known of the cards of these clients: records, a deal or a visit counted twice. Each step has a limit of its
/// own, since a plain join is planned while the tables are small as one over all of them, and stays so while they grow.
pub(crate) async fn riches(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, u32>> {
    let rows = sqlx::query!(
        r#"select asked.id as "id!", count(said.kind) + count(*) filter (where said.kind in ('sale', 'repair_order')) as "riches!"
         from unnest($2::uuid[]) as asked (id)
         cross join lateral (select root_id from clients where group_id = $1 and id = asked.id limit 1) own
         cross join lateral (
             select s.kind
             from (select id from clients where group_id = $1 and root_id = own.root_id limit $3) m
             cross join lateral (select kind from source_records where group_id = $1 and client_id = m.id limit $3) s
             limit $3
         ) said
         group by asked.id"#,
        group,
        clients,
        MOST_RICHES
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, u32::try_from(row.riches).unwrap_or(u32::MAX)))
        .collect())
}
