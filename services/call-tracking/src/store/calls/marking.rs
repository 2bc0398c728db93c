//! What becomes known of a call beside what the exchange tells.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Notes whose call it is, or to whom its record was given since; what was recognised while it rang stays.
pub async fn resolve(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    client_id: &str,
    recognition: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set client_id = coalesce(nullif(moved_to, ''), $3), resolved_at = $4, version = version + 1,
             recognition = case when recognition = 'unknown' then $5 else recognition end
         where group_id = $1 and id = $2",
        group.as_str(),
        id,
        client_id,
        now,
        recognition
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes to whom the call's record was given, unless something newer is known; the call and its task go along.
pub async fn follow(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    client_id: &str,
    card_version: i64,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with call as (
             update calls set moved_to = $3, card_version = $4, version = version + 1,
                 client_id = case when resolved_at is null then client_id else $3 end
             where group_id = $1 and id = $2 and card_version < $4
             returning task_id
         )
         update tasks set client_id = $3, version = tasks.version + 1 from call
         where tasks.group_id = $1 and tasks.id::text = call.task_id and tasks.call_id = $2::text",
        group.as_str(),
        id,
        client_id,
        card_version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Others know that it was answered.
pub async fn mark_answered_announced(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set answered_announced = true where group_id = $1 and id = $2",
        group.as_str(),
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Others know that it ended.
pub async fn mark_ended_announced(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set ended_announced = true where group_id = $1 and id = $2",
        group.as_str(),
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Points the call to its callback task.
pub async fn set_task(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    task: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set task_id = $3 where group_id = $1 and id = $2",
        group.as_str(),
        id,
        task.to_string()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores what the conversation came to.
pub async fn set_result(
    connection: &mut PgConnection,
    group: &GroupId,
    id: Uuid,
    result: &str,
    next_step: &str,
    note: &str,
    topic: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update calls set result = $3, next_step = $4, note = $5, topic = $6, version = version + 1
         where group_id = $1 and id = $2",
        group.as_str(),
        id,
        result,
        next_step,
        note,
        topic
    )
    .execute(connection)
    .await?;
    Ok(())
}
