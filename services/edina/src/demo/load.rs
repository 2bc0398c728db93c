//! Posts everybody's history through the front door, in batches, from where an earlier start left off.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use edina_postgres::Database;
use edina_runtime::{group::GroupId, stop::Stop};
use serde_json::Value;

use super::{front_door::FrontDoor, people::People, progress::Progress};

/// Records of a request.
const BATCH: usize = 200;
const RETRY: Duration = Duration::from_secs(2);

/// How many of the people are in the system.
#[derive(Debug, Default)]
pub(crate) struct Loaded(AtomicUsize);

impl Loaded {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, count: usize) {
        self.0.store(count, Ordering::Relaxed);
    }
}

/// What loading needs.
pub(crate) struct Load<'a> {
    pub(crate) door: &'a FrontDoor,
    pub(crate) people: People,
    pub(crate) until: DateTime<Utc>,
    pub(crate) database: &'a Database,
    pub(crate) group: &'a GroupId,
    pub(crate) data_dir: &'a Path,
    pub(crate) stop: &'a Stop,
}

impl Load<'_> {
    /// Runs to the end or the stop; waits while the demonstration is switched off.
    pub(crate) async fn run(&self, loaded: &Loaded) -> anyhow::Result<()> {
        let progress = Progress::read(self.data_dir)?;
        loaded.set(progress.loaded);
        if progress.loaded >= progress.clients {
            return Ok(());
        }
        tracing::info!(
            clients = progress.clients,
            from = progress.loaded,
            "demo: making clients with their history"
        );
        let started = Instant::now();
        let (mut sent, mut refused, mut said) = (0, 0, 0);
        let mut next = progress.loaded;
        while next < progress.clients {
            let mut batch = Vec::with_capacity(BATCH);
            while next < progress.clients && batch.len() < BATCH {
                batch.extend(self.people.history(next, self.until));
                next += 1;
            }
            let Some(refusals) = self.post(&batch).await else {
                return Ok(());
            };
            sent += batch.len();
            refused += refusals;
            Progress::change(self.data_dir, |progress| progress.loaded = next)?;
            loaded.set(next);
            if sent - said >= 1000 || next >= progress.clients {
                said = sent;
                let seconds = started.elapsed().as_secs_f64();
                let rate = f64::from(u32::try_from(sent).unwrap_or(u32::MAX)) / seconds.max(0.001);
                tracing::info!(
                    clients = next,
                    of = progress.clients,
                    records = sent,
                    refused,
                    "demo: {rate:.0} records a second"
                );
            }
        }
        Ok(())
    }

    /// How many records were refused; none when the stop came first. Posting a batch again changes nothing.
    async fn post(&self, batch: &[Value]) -> Option<usize> {
        loop {
            super::may_play(self.database, self.group, self.stop).await?;
            let answer = tokio::select! {
                answer = self.door.records(batch) => answer,
                () = self.stop.requested() => return None,
            };
            match answer {
                Ok(answer) if answer.status.is_success() => {
                    let away = answer.body["records"].as_array().is_some_and(|records| {
                        records.iter().any(|record| {
                            record["error"]["status"]
                                .as_u64()
                                .is_some_and(|status| status >= 500)
                        })
                    });
                    if !away {
                        return Some(
                            usize::try_from(answer.body["refused"].as_u64().unwrap_or(0)).unwrap_or(0),
                        );
                    }
                    tracing::debug!("demo: the registry was away for a part of the batch; posting it again");
                }
                Ok(answer) if answer.status.is_client_error() => {
                    tracing::warn!(
                        status = answer.status.as_u16(),
                        "demo: a batch of records was refused"
                    );
                    return Some(batch.len());
                }
                Ok(answer) => {
                    tracing::debug!(status = answer.status.as_u16(), "demo: posting the batch again")
                }
                Err(error) => tracing::debug!("demo: posting the batch again: {error}"),
            }
            tokio::select! { () = tokio::time::sleep(RETRY) => {}, () = self.stop.requested() => return None }
        }
    }
}
