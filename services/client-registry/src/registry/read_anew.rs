//! Records that another version of the engine read are read again, a portion at a time, beside everything else. Until one
//! is, it is compared as the present version reads it, but new records find it only by the keys it had. The migration of a
//! new version empties the counts, so that what is read anew is counted once.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use edina_identity::engine::base;
use edina_postgres::jobs::{Job, JobResult, Outcome};
use uuid::Uuid;

use super::Registry;
use crate::store;

/// Kind of the job.
pub(crate) const READ_ANEW: &str = "read_anew";
const PORTION: i64 = 200;
/// A job has half a minute; what is left is for its next turn.
const TURN: Duration = Duration::from_secs(10);

impl Registry {
    /// Reads for a while.
    pub(crate) async fn read_anew(&self, job: Job) -> JobResult {
        let began = Instant::now();
        let group = job.group.as_str();
        let mut after = Uuid::nil();
        while began.elapsed() < TURN {
            let mut tx = self.database.begin(&job.group).await?;
            let (stale, last) = store::stale::some(&mut tx, group, after, PORTION).await?;
            let Some(last) = last else {
                return Ok(Outcome::Done);
            };
            store::stale::renew(&mut tx, group, &stale).await?;
            let mut counted: BTreeMap<(&'static str, String), i64> = BTreeMap::new();
            for record in &stale {
                for term in base::terms(&record.profile) {
                    *counted.entry(term).or_default() += 1;
                }
            }
            store::closing::count_in(&mut tx, group, &counted, self.clock.now()).await?;
            tx.commit().await?;
            after = last;
        }
        Ok(Outcome::Again(self.clock.now()))
    }
}
