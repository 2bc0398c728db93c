//! Durable work of a service: enqueued in the transaction that causes it, done at least once.
//!
//! A job is claimed under a lease (`SKIP LOCKED`), so that copies of a service share the work; a lease that ran out
//! (its holder died) is claimed again. Handlers must therefore be idempotent. Woken by an in-process signal and by
//! a short timer; both trigger the same scan.
//!
//! `queue` puts jobs into transactions and takes them out, `runner` claims and does them.

mod queue;
mod runner;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;
use tracing::Span;
use uuid::Uuid;

pub use queue::{cancel, enqueue, enqueue_all, of_kind, stand};
pub use runner::JobRunner;

/// Work to be done.
#[derive(Debug, Clone)]
pub struct Job {
    /// The dealership group it belongs to.
    pub group: GroupId,
    /// Which handler does it.
    pub kind: String,
    /// What it is about; at most one unfinished job per group, kind and key.
    pub key: String,
    /// Small facts for the handler: ids, no personal data.
    pub payload: serde_json::Value,
    /// How often it was begun, this time included.
    pub attempts: i32,
    /// Trace that caused it.
    pub traceparent: Option<String>,
    id: Uuid,
    /// How often it had been asked for when it was claimed.
    asked: i32,
}

impl Job {
    /// The payload as its type.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.payload)
    }
}

/// A job to be put into a transaction, in the trace of whoever made it.
#[derive(Debug)]
pub struct NewJob<'a> {
    kind: &'a str,
    key: String,
    due_at: DateTime<Utc>,
    payload: serde_json::Value,
    traceparent: Option<String>,
}

impl<'a> NewJob<'a> {
    /// A job that the handler of `kind` does when it is due.
    pub fn new(kind: &'a str, key: String, due_at: DateTime<Utc>, payload: serde_json::Value) -> Self {
        Self {
            kind,
            key,
            due_at,
            payload,
            traceparent: edina_telemetry::propagation::current(),
        }
    }
}

/// What a handler says.
#[derive(Debug)]
pub enum Outcome {
    /// Finished: the job is removed.
    Done,
    /// Finished by [`Job::done_in`], in the handler's own transaction.
    Settled,
    /// To be done again at this instant (not an error: a later look).
    Again(DateTime<Utc>),
}

/// A handler's result; an error is logged and tried again with growing, jittered waits.
pub type JobResult = anyhow::Result<Outcome>;

/// A job that was claimed with others, and the span in which it is to be done.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The job.
    pub job: Job,
    /// What it causes belongs to this trace.
    pub span: Span,
}

/// Wakes the runner of this process after a commit.
#[derive(Debug, Clone, Default)]
pub struct JobSignal(Arc<Notify>);

impl JobSignal {
    /// There may be work now.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}
