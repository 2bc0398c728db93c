//! Failed sign-ins, counted per hashed subject (an account, an address).

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Until when a subject is locked, if it is.
pub async fn locked_until(
    connection: &mut PgConnection,
    group_id: &str,
    subjects: &[Vec<u8>],
    now: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        r#"select max(locked_until) as "until" from sign_in_failures
           where group_id = $1 and subject = any($2) and locked_until > $3"#,
        group_id,
        subjects,
        now
    )
    .fetch_one(connection)
    .await
}

/// Counts a failure; failures before `since` are forgotten. Answers the count.
pub async fn count(
    connection: &mut PgConnection,
    group_id: &str,
    subject: &[u8],
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        "insert into sign_in_failures (group_id, subject, failures, last_at) values ($1, $2, 1, $4)
         on conflict (group_id, subject) do update set
             failures = case when sign_in_failures.last_at < $3 then 1 else sign_in_failures.failures + 1 end,
             last_at = $4
         returning failures",
        group_id,
        subject,
        since,
        now
    )
    .fetch_one(connection)
    .await
}

/// Locks a subject.
pub async fn lock(
    connection: &mut PgConnection,
    group_id: &str,
    subject: &[u8],
    until: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sign_in_failures set locked_until = $3 where group_id = $1 and subject = $2",
        group_id,
        subject,
        until
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets a subject after a success, and everything older than a day.
pub async fn forget(
    connection: &mut PgConnection,
    group_id: &str,
    subject: &[u8],
    before: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from sign_in_failures where group_id = $1 and (subject = $2 or last_at < $3)",
        group_id,
        subject,
        before
    )
    .execute(connection)
    .await?;
    Ok(())
}
