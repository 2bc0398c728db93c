//! Tells every 15 s how many leads wait for an answer, over all groups. Every copy of the service tells the same.

use edina_runtime::stop::Stop;
use edina_telemetry::metrics::{MEASURE_INTERVAL, MOST_COUNTED};

use super::Intake;
use crate::store::waiting_leads::{self, WaitingLeads};

impl Intake {
    /// Until the stop.
    pub async fn tell_waiting_leads(self, stop: Stop) {
        // A counter that is born with its first count hides that count from `increase`.
        metrics::counter!("edina_intake_throttled_total").increment(0);
        let mut every = tokio::time::interval(MEASURE_INTERVAL);
        loop {
            tokio::select! { _ = every.tick() => {}, () = stop.requested() => return }
            let Ok(waiting) = self.waiting_leads().await else {
                // The database is away, which is told elsewhere.
                continue;
            };
            let overdue_for = waiting
                .oldest_due_at
                .map_or(0.0, |due| (self.clock.now() - due).as_seconds_f64().max(0.0));
            metrics::gauge!("edina_leads_open").set(float(waiting.open));
            metrics::gauge!("edina_leads_unanswered").set(float(waiting.unanswered));
            metrics::gauge!("edina_leads_overdue").set(float(waiting.overdue));
            metrics::gauge!("edina_leads_oldest_overdue_seconds").set(overdue_for);
        }
    }

    async fn waiting_leads(&self) -> sqlx::Result<WaitingLeads> {
        let mut all = WaitingLeads::default();
        for group in self.directory.groups() {
            let mut tx = self.database.begin(&group).await?;
            let one = waiting_leads::count(&mut tx, &group, self.clock.now(), MOST_COUNTED).await?;
            tx.rollback().await?;
            all.open += one.open;
            all.unanswered += one.unanswered;
            all.overdue += one.overdue;
            all.oldest_due_at = [all.oldest_due_at, one.oldest_due_at].into_iter().flatten().min();
        }
        Ok(all)
    }
}

fn float(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}
