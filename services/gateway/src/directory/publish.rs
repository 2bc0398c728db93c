//! The job that puts a group's directory into the key-value bucket.

use async_nats::jetstream;
use edina_messaging::directory;
use edina_postgres::{
    Database,
    jobs::{Job, JobResult, Outcome},
};
use edina_runtime::clock::SharedClock;

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
