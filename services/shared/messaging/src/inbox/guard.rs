//! Which of these events has this consumer not applied before?

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::envelope::Delivery;

/// Notes the events in the transaction; answers the ids of those that were not applied before, each once.
pub async fn first_times(
    connection: &mut PgConnection,
    consumer: &str,
    events: &[Delivery],
    now: DateTime<Utc>,
) -> sqlx::Result<HashSet<Uuid>> {
    // In one order for everybody: copies of a service that hold the same events must not wait for each other in a circle.
    let mut rows: Vec<(Uuid, &str)> = events
        .iter()
        .map(|event| (event.id, event.group.as_str()))
        .collect();
    rows.sort_unstable();
    rows.dedup_by_key(|(id, _)| *id);
    let (ids, groups): (Vec<Uuid>, Vec<&str>) = rows.into_iter().unzip();
    let noted = sqlx::query(
        "insert into inbox (consumer, event_id, group_id, applied_at)
         select $1, event_id, group_id, $4 from unnest($2::uuid[], $3::text[]) as events (event_id, group_id)
         on conflict do nothing returning event_id",
    )
    .bind(consumer)
    .bind(ids)
    .bind(groups)
    .bind(now)
    .fetch_all(connection)
    .await?;
    noted.into_iter().map(|row| row.try_get("event_id")).collect()
}

/// Notes facts as applied without applying them: after a restore their effects may have left the house already.
pub async fn pass_over(
    connection: &mut PgConnection,
    consumer: &str,
    facts: &[(Uuid, String)],
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let (ids, groups): (Vec<Uuid>, Vec<&str>) = facts.iter().map(|(id, group)| (*id, group.as_str())).unzip();
    let done = sqlx::query(
        "insert into inbox (consumer, event_id, group_id, applied_at)
         select $1, id, group_id, $4 from unnest($2::uuid[], $3::text[]) as fact (id, group_id)
         on conflict do nothing",
    )
    .bind(consumer)
    .bind(ids)
    .bind(groups)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
