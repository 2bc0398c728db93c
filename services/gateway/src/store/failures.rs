//! Attempts at a password, counted per hashed subject (an account, an address).

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Counts an attempt; those before `since` are forgotten. Answers the count, none while the subject is locked.
///
/// One statement: of many attempts at the same moment each sees the count of the one before it.
pub async fn count(
    connection: &mut PgConnection,
    group_id: &str,
    subject: &[u8],
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar!(
        "insert into sign_in_failures (group_id, subject, failures, last_at) values ($1, $2, 1, $4)
         on conflict (group_id, subject) do update set
             failures = case when sign_in_failures.last_at < $3 then 1 else sign_in_failures.failures + 1 end,
             last_at = $4
         where sign_in_failures.locked_until is null or sign_in_failures.locked_until <= $4
         returning failures",
        group_id,
        subject,
        since,
        now
    )
    .fetch_optional(connection)
    .await
}

/// Until when a subject is or was locked.
pub async fn locked_until(
    connection: &mut PgConnection,
    group_id: &str,
    subject: &[u8],
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let row = sqlx::query!(
        "select locked_until from sign_in_failures where group_id = $1 and subject = $2",
        group_id,
        subject
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| row.locked_until))
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

/// Takes one attempt back, and the lock that it brought.
pub async fn give_back(
    connection: &mut PgConnection,
    group_id: &str,
    subject: &[u8],
    limit: i32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sign_in_failures set failures = greatest(failures - 1, 0),
             locked_until = case when failures <= $3 then null else locked_until end
         where group_id = $1 and subject = $2",
        group_id,
        subject,
        limit
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
