//! Messages to one recipient leave in the order they were written.

use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::messages::MessageRow;

/// Whether something for the same recipient was written earlier and has not left yet, as it looks now. No is no: what is
/// written later waits for this one.
pub async fn seems_to_wait(
    connection: &mut PgConnection,
    group: &GroupId,
    row: &MessageRow,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists(select from messages where group_id = $1 and recipient_key = $2
               and state in ('queued', 'sending') and (created_at, id) < ($3, $4)) as "waits!""#,
        group.as_str(),
        row.recipient_key,
        row.created_at,
        row.id
    )
    .fetch_one(connection)
    .await
}

/// As [`seems_to_wait`], for sure: when the earlier one leaves, [`next_in_turn`] finds this one.
pub async fn must_wait(
    connection: &mut PgConnection,
    group: &GroupId,
    row: &MessageRow,
) -> sqlx::Result<bool> {
    lock_turn(connection, group, row).await?;
    seems_to_wait(connection, group, row).await
}

/// Who waits for the message that has just left, if anybody does.
pub async fn next_in_turn(
    connection: &mut PgConnection,
    group: &GroupId,
    row: &MessageRow,
) -> sqlx::Result<Option<Uuid>> {
    lock_turn(connection, group, row).await?;
    // Nobody waits for who came later; and the traces of those who left need not be stepped over.
    sqlx::query_scalar!(
        "select id from messages where group_id = $1 and recipient_key = $2 and state = 'queued'
             and (created_at, id) > ($3, $4)
         order by created_at, id limit 1",
        group.as_str(),
        row.recipient_key,
        row.created_at,
        row.id
    )
    .fetch_optional(connection)
    .await
}

/// One at a time asks or leaves: who asks too early to see the other leave is seen by it.
async fn lock_turn(connection: &mut PgConnection, group: &GroupId, row: &MessageRow) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        format!("{group}/turn/{}", row.recipient_key)
    )
    .execute(connection)
    .await
    .map(drop)
}
