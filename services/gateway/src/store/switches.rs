//! Named switches of a group, for instance the demo.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A switch's position; none when it was never set.
pub async fn get(connection: &mut PgConnection, group_id: &str, name: &str) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        "select is_on from switches where group_id = $1 and name = $2",
        group_id,
        name
    )
    .fetch_optional(connection)
    .await
}

/// Sets a switch.
pub async fn set(
    connection: &mut PgConnection,
    group_id: &str,
    name: &str,
    is_on: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into switches (group_id, name, is_on, changed_at) values ($1, $2, $3, $4)
         on conflict (group_id, name) do update set is_on = excluded.is_on, changed_at = excluded.changed_at",
        group_id,
        name,
        is_on,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
