//! What waits for the relay: looked up every 15 s by index and bounded, told as metrics.
//!
//! Every copy of a service tells the same numbers, since they are the database's.

use chrono::{DateTime, Utc};
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, stop::Stop};
use edina_telemetry::metrics::{MEASURE_INTERVAL, MOST_COUNTED};
use sqlx::Row as _;

/// Unpublished facts: how many (at most 10,000 are counted) and since when the first of them waits.
pub async fn backlog(database: &Database) -> sqlx::Result<(i64, Option<DateTime<Utc>>)> {
    let mut tx = database.begin_system().await?;
    let row = sqlx::query(
        "select count(*) as facts, min(created_at) as oldest
         from (select created_at from outbox where published_at is null order by seq limit $1) as first",
    )
    .bind(MOST_COUNTED)
    .fetch_one(&mut *tx)
    .await?;
    tx.rollback().await?;
    Ok((row.try_get("facts")?, row.try_get("oldest")?))
}

pub(super) async fn tell(database: Database, producer: &'static str, clock: SharedClock, stop: Stop) {
    let mut every = tokio::time::interval(MEASURE_INTERVAL);
    loop {
        tokio::select! { _ = every.tick() => {}, () = stop.requested() => return }
        let Ok((facts, oldest)) = backlog(&database).await else {
            // The database is away, which is told elsewhere.
            continue;
        };
        let age = oldest.map_or(0.0, |oldest| (clock.now() - oldest).as_seconds_f64().max(0.0));
        let facts = f64::from(i32::try_from(facts).unwrap_or(i32::MAX));
        metrics::gauge!("edina_outbox_unpublished", "producer" => producer).set(facts);
        metrics::gauge!("edina_outbox_oldest_seconds", "producer" => producer).set(age);
    }
}
