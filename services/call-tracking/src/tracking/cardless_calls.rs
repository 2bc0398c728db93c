//! Tells every 15 s how many calls of the last day belong to no client. Every copy of the service tells the same.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use edina_runtime::{group::GroupId, stop::Stop};
use edina_telemetry::metrics::{MEASURE_INTERVAL, MOST_COUNTED};

use super::Tracking;
use crate::store::cardless_calls;

/// Calls that ended before are history.
const LOOK_BACK: TimeDelta = TimeDelta::hours(24);
/// The registry may still be asked.
const GRACE: TimeDelta = TimeDelta::minutes(1);

impl Tracking {
    /// For the groups that have an exchange, until the stop.
    pub async fn tell_cardless_calls(self, groups: BTreeSet<GroupId>, stop: Stop) {
        for silent in [
            "edina_calls_updates_refused_total",
            "edina_pbx_events_dropped_total",
        ] {
            // A counter that is born with its first count hides that count from `increase`.
            metrics::counter!(silent).increment(0);
        }
        let mut every = tokio::time::interval(MEASURE_INTERVAL);
        loop {
            tokio::select! { _ = every.tick() => {}, () = stop.requested() => return }
            let Ok(calls) = self.cardless_calls(&groups).await else {
                // The database is away, which is told elsewhere.
                continue;
            };
            metrics::gauge!("edina_calls_without_card")
                .set(f64::from(i32::try_from(calls).unwrap_or(i32::MAX)));
        }
    }

    async fn cardless_calls(&self, groups: &BTreeSet<GroupId>) -> sqlx::Result<i64> {
        let now = self.clock.now();
        let mut all = 0;
        for group in groups {
            let mut tx = self.database.begin(group).await?;
            all += cardless_calls::count(&mut tx, group, now - LOOK_BACK, now - GRACE, MOST_COUNTED).await?;
            tx.rollback().await?;
        }
        Ok(all)
    }
}
