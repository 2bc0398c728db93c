//! The job that puts a group's directory into the key-value bucket.

use std::time::Duration;

use async_nats::jetstream;
use edina_messaging::directory;
use edina_postgres::{
    Database,
    jobs::{self, Job, JobResult, JobSignal, Outcome},
};
use edina_runtime::{clock::SharedClock, group::GroupId, stop::Stop};

use crate::store::groups;

const RETRY: Duration = Duration::from_secs(1);

/// At every start each group's directory is published again: the bucket may have been lost with its server.
pub async fn publish_all(database: Database, clock: SharedClock, signal: JobSignal, stop: Stop) {
    while let Err(error) = enqueue_all(&database, &clock).await {
        tracing::debug!(%error, "the directories are published as soon as the database is there");
        tokio::select! { () = stop.requested() => return, () = tokio::time::sleep(RETRY) => {} }
    }
    signal.wake();
}

async fn enqueue_all(database: &Database, clock: &SharedClock) -> sqlx::Result<()> {
    let mut tx = database.begin_system().await?;
    for row in groups::list(&mut tx).await? {
        let group: GroupId = row
            .group_id
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        jobs::enqueue(
            &mut tx,
            &group,
            super::PUBLISH_JOB,
            group.as_str(),
            clock.now(),
            &(),
        )
        .await?;
    }
    tx.commit().await
}

/// Publishes the present directory. Repeating it is harmless: watchers ignore older versions.
pub async fn publish_job(
    database: Database,
    jetstream: jetstream::Context,
    clock: SharedClock,
    replicas: usize,
    job: Job,
) -> JobResult {
    if let Some(group) = super::read(&database, &job.group, clock.now()).await? {
        directory::publish(&jetstream, &job.group, &group, replicas).await?;
        // A change that was committed while this one was published found the job unfinished and made no new one.
        let newer = super::read(&database, &job.group, clock.now()).await?;
        if newer.is_some_and(|newer| newer.version != group.version) {
            return Ok(Outcome::Again(clock.now()));
        }
    }
    Ok(Outcome::Done)
}
