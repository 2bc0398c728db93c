//! Keys that were junk are given to whom they were withheld from, once they are rare again: an import that made them common was
//! taken back. A job goes through the records that came since that import began, a portion at a time, beside everything else.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use edina_identity::engine::keys;
use edina_postgres::jobs::{self, Job, JobResult, Outcome};
use edina_runtime::group::GroupId;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, resolve::MOST_HOLDERS};
use crate::store::{self, keys::Holders, regain::Came};

/// Kind of the job.
pub(crate) const REGAIN: &str = "regain_keys";
const PORTION: i64 = 200;
/// A job has half a minute; what is left is for its next turn.
const TURN: Duration = Duration::from_secs(10);

/// How far the job is.
#[derive(Debug, Serialize, Deserialize)]
struct Reached {
    after: Uuid,
}

/// Sees to it that records which came since this import began have what was withheld because of it: ids follow time.
pub(super) async fn since(
    connection: &mut PgConnection,
    group: &GroupId,
    import_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let key = import_id.to_string();
    jobs::enqueue(
        connection,
        group,
        REGAIN,
        &key,
        now,
        &Reached { after: import_id },
    )
    .await
}

impl Registry {
    /// Job: goes on for a while.
    pub(crate) async fn regain(&self, job: Job) -> JobResult {
        let began = Instant::now();
        let group = job.group.as_str();
        let mut after = job.payload::<Reached>()?.after;
        while began.elapsed() < TURN {
            let mut tx = self.database.begin(&job.group).await?;
            let came = store::regain::came(&mut tx, group, after, PORTION).await?;
            let Some(last) = came.last().map(|record| record.record_id) else {
                return Ok(Outcome::Done);
            };
            let missing = missing(&mut tx, group, &came).await?;
            if !missing.is_empty() {
                store::regain::hold(&mut tx, group, &missing).await?;
            }
            tx.commit().await?;
            after = last;
        }
        // A job that asks for itself while it runs is done once more, from there.
        let mut tx = self.database.begin(&job.group).await?;
        let now = self.clock.now();
        jobs::enqueue(&mut tx, &job.group, REGAIN, &job.key, now, &Reached { after }).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// The keys of these records that few have, and their clients do not.
async fn missing(
    connection: &mut PgConnection,
    group: &str,
    came: &[Came],
) -> sqlx::Result<BTreeSet<(i64, Uuid)>> {
    let said: BTreeSet<(i64, Uuid)> = came
        .iter()
        .flat_map(|record| {
            let keys = keys::numbers(&record.profile);
            keys.into_iter().map(|key| (key, record.client_id))
        })
        .collect();
    let wanted: BTreeSet<i64> = said.iter().map(|(key, _)| *key).collect();
    let wanted: Vec<i64> = wanted.into_iter().collect();
    let holders = store::keys::holders(connection, group, &wanted, MOST_HOLDERS).await?;
    let lacks = |(key, client): &(i64, Uuid)| match holders.get(key) {
        Some(Holders::Few(clients)) => !clients.contains(client),
        Some(Holders::TooMany) => false,
        None => true,
    };
    Ok(said.into_iter().filter(lacks).collect())
}
