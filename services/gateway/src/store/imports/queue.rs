//! Who sends which file: a queue that the copies of the gateway share.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A file taken to be sent.
#[derive(Debug, Clone)]
pub struct Turn {
    pub group_id: String,
    pub file_id: Uuid,
}

/// Puts a file in.
pub async fn put(
    connection: &mut PgConnection,
    group_id: &str,
    file_id: Uuid,
    due_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into import_queue (group_id, file_id, due_at) values ($1, $2, $3)
         on conflict (group_id, file_id) do update set due_at = excluded.due_at",
        group_id,
        file_id,
        due_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the file that has waited longest and that nobody sends, in a system transaction.
pub async fn claim(
    connection: &mut PgConnection,
    holder: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<Option<Turn>> {
    sqlx::query_as!(
        Turn,
        "update import_queue set holder = $1, leased_until = $3
         where (group_id, file_id) = (
             select group_id, file_id from import_queue
             where due_at <= $2 and (leased_until is null or leased_until < $2)
             order by due_at limit 1 for update skip locked)
         returning group_id, file_id",
        holder,
        now,
        until
    )
    .fetch_optional(connection)
    .await
}

/// Keeps it for longer; false when somebody else has it, or nobody is to send it any more.
pub async fn renew(
    connection: &mut PgConnection,
    turn: &Turn,
    holder: Uuid,
    until: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let renewed = sqlx::query!(
        "update import_queue set leased_until = $4 where group_id = $1 and file_id = $2 and holder = $3",
        turn.group_id,
        turn.file_id,
        holder,
        until
    )
    .execute(connection)
    .await?;
    Ok(renewed.rows_affected() > 0)
}

/// Gives it back, to be taken again when due.
pub async fn release(
    connection: &mut PgConnection,
    turn: &Turn,
    holder: Uuid,
    due_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update import_queue set holder = null, leased_until = null, due_at = $4
         where group_id = $1 and file_id = $2 and holder = $3",
        turn.group_id,
        turn.file_id,
        holder,
        due_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes it out.
pub async fn remove(connection: &mut PgConnection, group_id: &str, file_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from import_queue where group_id = $1 and file_id = $2",
        group_id,
        file_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
