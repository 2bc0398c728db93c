//! 'Different persons', as people said it: by an answer, a move, or by taking a merge back. It holds while one of these
//! stands. Undone by a mark, never deleted.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// By what, when and by whom it was said that two are different.
pub(crate) struct Saying<'a> {
    /// The question that was answered, the move, or the merge that was taken back.
    pub(crate) cause_id: Uuid,
    pub(crate) at: DateTime<Utc>,
    pub(crate) by_employee_id: &'a str,
}

/// Notes that two clients are different persons. The smaller id is stored on the left. The caller holds the turn of merges.
pub(crate) async fn separate(
    connection: &mut PgConnection,
    group: &str,
    (left, right): (Uuid, Uuid),
    said: &Saying<'_>,
) -> sqlx::Result<()> {
    let (left, right) = (left.min(right), left.max(right));
    sqlx::query!(
        "insert into verdicts (group_id, id, left_id, right_id, at, by_employee_id) values ($1, $2, $3, $4, $5, $6)
         on conflict (group_id, left_id, right_id) where undone_at is null do nothing",
        group,
        Uuid::now_v7(),
        left,
        right,
        said.at,
        said.by_employee_id
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into verdict_causes (group_id, verdict_id, cause_id, at, by_employee_id)
         select $1, id, $4, $5, $6 from verdicts
         where group_id = $1 and left_id = $2 and right_id = $3 and undone_at is null
         on conflict (group_id, verdict_id, cause_id) do update
             set at = excluded.at, by_employee_id = excluded.by_employee_id, undone_at = null",
        group,
        left,
        right,
        said.cause_id,
        said.at,
        said.by_employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes back what a question, a move or a merge said of these two: with the last of those that said it the verdict goes. The
/// caller holds the turn of merges.
pub(crate) async fn take_back(
    connection: &mut PgConnection,
    group: &str,
    (left, right): (Uuid, Uuid),
    cause_id: Uuid,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    // The pair names a verdict of a copy of this service that did not note causes yet.
    sqlx::query!(
        "with said as (
             update verdict_causes set undone_at = $3 where group_id = $1 and cause_id = $2 and undone_at is null
             returning verdict_id
         )
         update verdicts v set undone_at = $3
         where v.group_id = $1 and v.undone_at is null
           and (v.id in (select verdict_id from said) or v.left_id = $4 and v.right_id = $5)
           and not exists (
               select from verdict_causes c
               where c.group_id = $1 and c.verdict_id = v.id and c.undone_at is null and c.cause_id <> $2
           )",
        group,
        cause_id,
        at,
        left.min(right),
        left.max(right)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lifts 'different' between two sides where nothing says it but merges that were taken back: there is nothing else by which
/// people could take it back. Whoever takes the new merge back says it again: see [`say_again`].
pub(crate) async fn lift_unmerged(
    connection: &mut PgConnection,
    group: &str,
    (one, other): (&[Uuid], &[Uuid]),
    merge_id: Uuid,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with unmerged as (
             select v.id from verdicts v
             where v.group_id = $1 and v.undone_at is null
               and (v.left_id = any($2) and v.right_id = any($3) or v.left_id = any($3) and v.right_id = any($2))
               and exists (
                   select from verdict_causes c where c.group_id = $1 and c.verdict_id = v.id and c.undone_at is null
               )
               and not exists (
                   select from verdict_causes c
                   where c.group_id = $1 and c.verdict_id = v.id and c.undone_at is null and not exists (
                       select from merge_links m where m.group_id = $1 and m.id = c.cause_id
                   )
               )
         ), lifted as (
             update verdict_causes c set undone_at = $4, lifted_by = $5 from unmerged
             where c.group_id = $1 and c.verdict_id = unmerged.id and c.undone_at is null
         )
         update verdicts v set undone_at = $4 from unmerged where v.group_id = $1 and v.id = unmerged.id",
        group,
        one,
        other,
        at,
        merge_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Says again what a merge lifted. The caller holds the turn of merges.
pub(crate) async fn say_again(
    connection: &mut PgConnection,
    group: &str,
    merge_id: Uuid,
) -> sqlx::Result<()> {
    let lifted = sqlx::query!(
        "with lifted as (
             update verdict_causes set lifted_by = null where group_id = $1 and lifted_by = $2
             returning verdict_id, cause_id, at, by_employee_id
         )
         select v.left_id, v.right_id, l.cause_id, l.at, l.by_employee_id
         from lifted l join verdicts v on v.group_id = $1 and v.id = l.verdict_id order by l.cause_id",
        group,
        merge_id
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in lifted {
        let said = Saying {
            cause_id: row.cause_id,
            at: row.at,
            by_employee_id: &row.by_employee_id,
        };
        separate(connection, group, (row.left_id, row.right_id), &said).await?;
    }
    Ok(())
}

/// Whether a human said that somebody of the one side and somebody of the other are different.
pub(crate) async fn are_separate(
    connection: &mut PgConnection,
    group: &str,
    one: &[Uuid],
    other: &[Uuid],
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists(
             select from verdicts where group_id = $1 and undone_at is null
               and (left_id = any($2) and right_id = any($3) or left_id = any($3) and right_id = any($2))
           ) as "exists!""#,
        group,
        one,
        other
    )
    .fetch_one(connection)
    .await
}
