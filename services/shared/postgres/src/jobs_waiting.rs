//! How much work waits: looked up every 15 s by index and bounded, told as metrics.
//!
//! Every copy of a service tells the same numbers, since they are the database's.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use edina_runtime::{clock::SharedClock, stop::Stop};
use edina_telemetry::metrics::{MEASURE_INTERVAL, MOST_COUNTED};
use sqlx::Row as _;

use crate::Database;

/// Jobs of one kind.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose time has come.
    pub due: i64,
    /// Since when the longest waiting one of them is due.
    pub oldest: Option<DateTime<Utc>>,
    /// That failed at least once and are tried again.
    pub failing: i64,
}

/// What waits, by kind; nothing for a kind of which nothing waits.
pub async fn count(database: &Database, now: DateTime<Utc>) -> sqlx::Result<HashMap<String, Waiting>> {
    let mut tx = database.begin_system().await?;
    // The window ahead holds those that failed and are waited with: half a minute at most.
    let rows = sqlx::query(
        "select kind, count(*) filter (where waits) as due, min(due_at) filter (where waits) as oldest,
             count(*) filter (where failed) as failing
         from (select kind, due_at, last_error is not null as failed,
                   due_at <= $1 and (leased_until is null or leased_until < $1) as waits
               from jobs where due_at <= $1 + interval '31 seconds' order by due_at limit $2) as soon
         group by kind",
    )
    .bind(now)
    .bind(MOST_COUNTED)
    .fetch_all(&mut *tx)
    .await?;
    tx.rollback().await?;
    rows.into_iter()
        .map(|row| {
            let waiting = Waiting {
                due: row.try_get("due")?,
                oldest: row.try_get("oldest")?,
                failing: row.try_get("failing")?,
            };
            Ok((row.try_get("kind")?, waiting))
        })
        .collect()
}

/// Tells it until the stop.
pub(crate) async fn tell(database: Database, clock: SharedClock, kinds: Vec<String>, stop: Stop) {
    let mut every = tokio::time::interval(MEASURE_INTERVAL);
    loop {
        tokio::select! { _ = every.tick() => {}, () = stop.requested() => return }
        let now = clock.now();
        let Ok(mut waiting) = count(&database, now).await else {
            // The database is away, which is told elsewhere.
            continue;
        };
        for kind in &kinds {
            let waiting = waiting.remove(kind).unwrap_or_default();
            let age = waiting
                .oldest
                .map_or(0.0, |oldest| (now - oldest).as_seconds_f64().max(0.0));
            metrics::gauge!("edina_jobs_due", "kind" => kind.clone()).set(as_f64(waiting.due));
            metrics::gauge!("edina_jobs_oldest_due_seconds", "kind" => kind.clone()).set(age);
            metrics::gauge!("edina_jobs_failing", "kind" => kind.clone()).set(as_f64(waiting.failing));
        }
    }
}

fn as_f64(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}
