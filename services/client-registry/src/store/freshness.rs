//! How long contacts count as current in a group.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::client::freshness::Limits;

/// What the group set; the rest is usual.
pub(crate) async fn limits(connection: &mut PgConnection, group: &str) -> sqlx::Result<Limits> {
    let rows = sqlx::query!(
        "select kind, segment, days from freshness_limits where group_id = $1",
        group
    )
    .fetch_all(connection)
    .await?;
    let mut limits = Limits::default();
    for row in rows {
        limits.set(&row.kind, &row.segment, row.days.unsigned_abs());
    }
    Ok(limits)
}

/// Sets one.
pub(crate) async fn set(
    connection: &mut PgConnection,
    group: &str,
    (kind, segment, days): (&str, &str, i32),
    at: DateTime<Utc>,
    by_employee_id: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into freshness_limits (group_id, kind, segment, days, at, by_employee_id) values ($1, $2, $3, $4, $5, $6)
         on conflict (group_id, kind, segment) do update set days = excluded.days, at = excluded.at,
             by_employee_id = excluded.by_employee_id",
        group,
        kind,
        segment,
        days,
        at,
        by_employee_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
