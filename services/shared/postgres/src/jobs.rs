//! Durable work of a service: enqueued in the transaction that causes it, done at least once.
//!
//! A job is claimed under a lease (`SKIP LOCKED`), so that copies of a service share the work; a lease that ran out
//! (its holder died) is claimed again. Handlers must therefore be idempotent. Woken by an in-process signal and by
//! a short timer; both trigger the same scan.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use edina_runtime::{clock::SharedClock, group::GroupId, stop::Stop};
use rand::Rng as _;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{PgConnection, Row as _};
use tokio::{sync::Notify, task::JoinSet};
use tracing::{Instrument as _, Span, field::Empty};
use uuid::Uuid;

use crate::{Database, jobs_waiting};

/// Only for what comes due, or was left by another copy: what happens here wakes the runner.
const SCAN_INTERVAL: Duration = Duration::from_secs(1);
/// After a claim others are let gather for so long: a claim is a transaction, for one job or for many.
const GATHER: Duration = Duration::from_millis(10);
const BATCH: i64 = 16;
/// Longer than any handler may take: handlers are cut off at [`HANDLER_DEADLINE`].
const LEASE: chrono::Duration = chrono::Duration::seconds(45);
const HANDLER_DEADLINE: Duration = Duration::from_secs(30);
const LONGEST_BACKOFF_SECONDS: u32 = 30;

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

impl Job {
    /// Ends the job in the handler's own transaction, so that its effect and its end are one; the handler then answers
    /// [`Outcome::Settled`]. If it was asked for again meanwhile it stays and runs again: what it saw may be out of date.
    pub async fn done_in(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        Self::all_done_in(connection, [self]).await
    }

    /// As [`done_in`](Self::done_in) for several.
    pub async fn all_done_in(
        connection: &mut PgConnection,
        jobs: impl IntoIterator<Item = &Self>,
    ) -> sqlx::Result<()> {
        let (ids, asked): (Vec<Uuid>, Vec<i32>) = jobs.into_iter().map(|job| (job.id, job.asked)).unzip();
        sqlx::query(
            "with done as (select id, asked from unnest($1::uuid[], $2::integer[]) as done (id, asked)),
                  gone as (delete from jobs using done where jobs.id = done.id and jobs.asked = done.asked
                           returning jobs.id)
             update jobs set leased_until = null, attempts = 0
             where id = any($1) and not exists (select from gone where gone.id = jobs.id)",
        )
        .bind(ids)
        .bind(asked)
        .execute(connection)
        .await?;
        Ok(())
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
type Boxed<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;

/// A job that was claimed with others, and the span in which it is to be done.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The job.
    pub job: Job,
    /// What it causes belongs to this trace.
    pub span: Span,
}

#[derive(Clone)]
enum Handler {
    Each(Arc<dyn Fn(Job) -> Boxed<JobResult> + Send + Sync>),
    Together(Arc<dyn Fn(Vec<Claimed>) -> Boxed<Vec<JobResult>> + Send + Sync>),
}

/// Puts a job into the transaction. If one of the same kind and key is unfinished, it keeps the earlier due time; one
/// that runs at this moment runs once more.
pub async fn enqueue(
    connection: &mut PgConnection,
    group: &GroupId,
    kind: &str,
    key: &str,
    due_at: DateTime<Utc>,
    payload: &impl Serialize,
) -> sqlx::Result<()> {
    let payload = serde_json::to_value(payload).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    enqueue_all(
        connection,
        group,
        &[NewJob::new(kind, key.to_owned(), due_at, payload)],
    )
    .await
}

/// Every unfinished job of a kind: its group and key. In a system transaction, of all groups.
pub async fn of_kind(connection: &mut PgConnection, kind: &str) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as("select group_id, key from jobs where kind = $1 order by id")
        .bind(kind)
        .fetch_all(connection)
        .await
}

/// Takes a job back; a run that has begun ends.
pub async fn withdraw(
    connection: &mut PgConnection,
    group: &GroupId,
    kind: &str,
    key: &str,
) -> sqlx::Result<()> {
    sqlx::query("delete from jobs where group_id = $1 and kind = $2 and key = $3")
        .bind(group.as_str())
        .bind(kind)
        .bind(key)
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts jobs of different kinds or keys into the transaction, as [`enqueue`] does, by one statement.
pub async fn enqueue_all(
    connection: &mut PgConnection,
    group: &GroupId,
    jobs: &[NewJob<'_>],
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = jobs.iter().map(|_| Uuid::now_v7()).collect();
    let kinds: Vec<&str> = jobs.iter().map(|job| job.kind).collect();
    let keys: Vec<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
    let due: Vec<DateTime<Utc>> = jobs.iter().map(|job| job.due_at).collect();
    let payloads: Vec<&serde_json::Value> = jobs.iter().map(|job| &job.payload).collect();
    let traces: Vec<Option<&str>> = jobs.iter().map(|job| job.traceparent.as_deref()).collect();
    sqlx::query(
        "insert into jobs (id, group_id, kind, key, payload, due_at, traceparent)
         select id, $2, kind, key, payload, due_at, traceparent
         from unnest($1::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[])
             as asked (id, kind, key, payload, due_at, traceparent)
         on conflict (group_id, kind, key) do update
             set due_at = least(jobs.due_at, excluded.due_at), asked = jobs.asked + 1,
                 payload = excluded.payload",
    )
    .bind(ids)
    .bind(group.as_str())
    .bind(kinds)
    .bind(keys)
    .bind(payloads)
    .bind(due)
    .bind(traces)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes an unfinished job away, for instance a clock that need not run out any more.
pub async fn cancel(
    connection: &mut PgConnection,
    group: &GroupId,
    kind: &str,
    key: &str,
) -> sqlx::Result<()> {
    sqlx::query("delete from jobs where group_id = $1 and kind = $2 and key = $3")
        .bind(group.as_str())
        .bind(kind)
        .bind(key)
        .execute(connection)
        .await?;
    Ok(())
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

/// Claims and does the jobs of one service.
pub struct JobRunner {
    database: Database,
    clock: SharedClock,
    signal: JobSignal,
    handlers: HashMap<&'static str, Handler>,
}

impl std::fmt::Debug for JobRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobRunner")
            .field("kinds", &self.handlers.keys())
            .finish_non_exhaustive()
    }
}

impl JobRunner {
    /// A runner without handlers.
    pub fn new(database: Database, clock: SharedClock, signal: JobSignal) -> Self {
        Self {
            database,
            clock,
            signal,
            handlers: HashMap::new(),
        }
    }

    /// Says who does jobs of `kind`.
    #[must_use]
    pub fn handle<F, Fut>(mut self, kind: &'static str, handler: F) -> Self
    where
        F: Fn(Job) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = JobResult> + Send + 'static,
    {
        let handler = Handler::Each(Arc::new(move |job| Box::pin(handler(job))));
        self.handlers.insert(kind, handler);
        self
    }

    /// Says who does jobs of `kind`, all of one group that were claimed at once; answers for each, in their order.
    #[must_use]
    pub fn handle_together<F, Fut>(mut self, kind: &'static str, handler: F) -> Self
    where
        F: Fn(Vec<Claimed>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Vec<JobResult>> + Send + 'static,
    {
        let handler = Handler::Together(Arc::new(move |jobs| Box::pin(handler(jobs))));
        self.handlers.insert(kind, handler);
        self
    }

    /// Works until the stop is asked for; jobs in hand are finished.
    pub async fn run(self, stop: Stop) {
        let kinds: Vec<String> = self.handlers.keys().map(|kind| (*kind).to_owned()).collect();
        let (database, clock) = (self.database.clone(), Arc::clone(&self.clock));
        stop.spawn(
            "jobs waiting",
            jobs_waiting::tell(database, clock, kinds.clone(), stop.clone()),
        );
        for kind in &kinds {
            // A counter that is born with its first count hides that count from `increase`.
            for ok in ["true", "false"] {
                metrics::counter!("edina_jobs_total", "kind" => kind.clone(), "ok" => ok).increment(0);
            }
        }
        let runner = Arc::new(self);
        let mut in_hand = JoinSet::new();
        loop {
            while in_hand.try_join_next().is_some() {}
            if stop.is_requested() {
                break;
            }
            let room = BATCH - i64::try_from(in_hand.len()).unwrap_or(BATCH);
            let claimed = match runner.claim(&kinds, room).await {
                Ok(jobs) => jobs,
                Err(error) => {
                    tracing::warn!(%error, "jobs cannot be claimed");
                    Vec::new()
                }
            };
            let (some, full) = (
                !claimed.is_empty(),
                claimed.len() == usize::try_from(BATCH).unwrap_or(usize::MAX),
            );
            for jobs in runner.sorted(claimed) {
                let runner = Arc::clone(&runner);
                in_hand.spawn(async move { runner.perform(jobs).await });
            }
            if full {
                continue;
            }
            if some {
                tokio::time::sleep(GATHER).await;
            }
            tokio::select! {
                () = stop.requested() => break,
                () = runner.signal.0.notified() => {}
                () = tokio::time::sleep(SCAN_INTERVAL) => {}
                Some(_) = in_hand.join_next(), if room <= 0 => {}
            }
        }
        while in_hand.join_next().await.is_some() {}
    }

    async fn claim(&self, kinds: &[String], room: i64) -> sqlx::Result<Vec<Job>> {
        if room <= 0 {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut tx = self.database.begin_system().await?;
        // An array is made once. `in (select …)` may be planned as a loop that asks, and locks, anew for every row: then
        // many more are claimed than there is room for.
        let rows = sqlx::query(
            "update jobs set leased_until = $1, attempts = attempts + 1
             where id = any(array(
                 select id from jobs
                 where due_at <= $2 and (leased_until is null or leased_until < $2) and kind = any($3)
                 order by due_at limit $4 for update skip locked))
             returning id, group_id, kind, key, payload, attempts, traceparent, asked",
        )
        .bind(now + LEASE)
        .bind(now)
        .bind(kinds)
        .bind(room)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.into_iter()
            .map(|row| {
                let group: String = row.try_get("group_id")?;
                Ok(Job {
                    group: group
                        .parse()
                        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
                    kind: row.try_get("kind")?,
                    key: row.try_get("key")?,
                    payload: row.try_get("payload")?,
                    attempts: row.try_get("attempts")?,
                    traceparent: row.try_get("traceparent")?,
                    id: row.try_get("id")?,
                    asked: row.try_get("asked")?,
                })
            })
            .collect()
    }

    /// What is done at once: jobs of one kind and group if their handler takes them together, else each alone.
    fn sorted(&self, claimed: Vec<Job>) -> Vec<Vec<Job>> {
        let mut together: HashMap<(String, GroupId), Vec<Job>> = HashMap::new();
        let mut sorted = Vec::new();
        for job in claimed {
            match self.handlers.get(job.kind.as_str()) {
                Some(Handler::Together(_)) => {
                    let of_group = together.entry((job.kind.clone(), job.group.clone()));
                    of_group.or_default().push(job);
                }
                _ => sorted.push(vec![job]),
            }
        }
        sorted.extend(together.into_values());
        sorted
    }

    /// Does jobs of one kind.
    async fn perform(&self, jobs: Vec<Job>) {
        let Some(kind) = jobs.first().map(|job| job.kind.clone()) else {
            return;
        };
        let Some(handler) = self.handlers.get(kind.as_str()) else {
            return;
        };
        let claimed: Vec<Claimed> = jobs
            .into_iter()
            .map(|job| Claimed {
                span: span_of(&job),
                job,
            })
            .collect();
        let began = std::time::Instant::now();
        let work: Boxed<Vec<JobResult>> = match (handler, claimed.as_slice()) {
            (Handler::Each(handler), [one]) => {
                let work = handler(one.job.clone()).instrument(one.span.clone());
                Box::pin(async move { vec![work.await] })
            }
            (Handler::Each(_), _) => return,
            (Handler::Together(handler), _) => handler(claimed.clone()),
        };
        let outcomes = tokio::time::timeout(HANDLER_DEADLINE, work)
            .await
            .unwrap_or_default();
        let took = began.elapsed().as_secs_f64();
        let mut outcomes = outcomes.into_iter();
        for Claimed { job, span } in claimed {
            let outcome = outcomes
                .next()
                .unwrap_or_else(|| Err(anyhow::anyhow!("took longer than {HANDLER_DEADLINE:?}")));
            metrics::histogram!("edina_job_duration_seconds", "kind" => kind.clone()).record(took);
            let ok = if outcome.is_ok() { "true" } else { "false" };
            metrics::counter!("edina_jobs_total", "kind" => kind.clone(), "ok" => ok).increment(1);
            if let Err(error) = self.settle(&job, outcome).instrument(span).await {
                // The lease runs out and the job is done again.
                tracing::warn!(kind = job.kind, key = job.key, %error, "a job's end could not be recorded");
            }
        }
    }

    async fn settle(&self, job: &Job, outcome: JobResult) -> sqlx::Result<()> {
        if matches!(outcome, Ok(Outcome::Settled)) {
            return Ok(());
        }
        let mut tx = self.database.begin_system().await?;
        match outcome {
            Ok(Outcome::Settled) => {}
            Ok(Outcome::Done) => job.done_in(&mut tx).await?,
            Ok(Outcome::Again(at)) => {
                sqlx::query(
                    "update jobs set leased_until = null, attempts = 0,
                         due_at = case when asked = $3 then $2 else least(due_at, $2) end
                     where id = $1",
                )
                .bind(job.id)
                .bind(at)
                .bind(job.asked)
                .execute(&mut *tx)
                .await?;
            }
            Err(error) => {
                let wait = backoff(job.attempts);
                tracing::warn!(
                    kind = job.kind,
                    key = job.key,
                    attempt = job.attempts,
                    ?wait,
                    "job failed: {error:#}"
                );
                sqlx::query("update jobs set leased_until = null, last_error = left($2, 1000), due_at = $3 where id = $1")
                    .bind(job.id)
                    .bind(format!("{error:#}"))
                    .bind(self.clock.now() + wait)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await
    }
}

fn span_of(job: &Job) -> Span {
    let span = tracing::info_span!(
        "job",
        kind = job.kind,
        key = job.key,
        attempt = job.attempts,
        otel.name = Empty
    );
    edina_telemetry::propagation::name(&span, format_args!("job {}", job.kind));
    if let Some(parent) = &job.traceparent {
        edina_telemetry::propagation::set_parent(&span, parent);
    }
    span
}

/// 0.5 s, 1 s, 2 s … half a minute, each shortened by up to half.
fn backoff(attempts: i32) -> chrono::Duration {
    let exponent = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    let millis = 500_u32
        .saturating_mul(1 << exponent)
        .min(LONGEST_BACKOFF_SECONDS * 1000);
    chrono::Duration::milliseconds(i64::from(rand::rng().random_range(millis / 2..=millis)))
}
