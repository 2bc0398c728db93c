//! Has this consumer applied this event before?

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::envelope::Delivery;

/// Notes the event in the transaction; false when it was applied before, and then nothing is to be done.
pub async fn first_time(
    connection: &mut PgConnection,
    consumer: &str,
    event: &Delivery,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "insert into inbox (consumer, event_id, group_id, applied_at) values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(consumer)
    .bind(event.id)
    .bind(event.group.as_str())
    .bind(now)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
