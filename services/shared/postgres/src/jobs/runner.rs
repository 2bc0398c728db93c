//! Claims jobs under a lease, hands them to their handlers, and notes what those say.

use std::{collections::HashMap, sync::Arc, time::Duration};

use edina_runtime::{clock::SharedClock, group::GroupId, stop::Stop};
use rand::Rng as _;
use sqlx::Row as _;
use tokio::task::JoinSet;
use tracing::{Instrument as _, Span, field::Empty};

use super::{Claimed, Job, JobResult, JobSignal, Outcome};
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

type Boxed<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;

#[derive(Clone)]
enum Handler {
    Each(Arc<dyn Fn(Job) -> Boxed<JobResult> + Send + Sync>),
    Together(Arc<dyn Fn(Vec<Claimed>) -> Boxed<Vec<JobResult>> + Send + Sync>),
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
            let some = !claimed.is_empty();
            let all = usize::try_from(BATCH).unwrap_or(usize::MAX);
            // There may be more than there was room for.
            let (full, most) = (
                claimed.len() == usize::try_from(room.max(0)).unwrap_or(usize::MAX),
                claimed.len() == all,
            );
            for jobs in runner.sorted(claimed) {
                let runner = Arc::clone(&runner);
                in_hand.spawn(async move { runner.perform(jobs).await });
            }
            let busy = in_hand.len() >= all;
            if busy {
                tokio::select! {
                    () = stop.requested() => break,
                    _ = in_hand.join_next() => {}
                }
            }
            if busy || (some && !most) {
                tokio::time::sleep(GATHER).await;
            }
            if busy || full {
                continue;
            }
            tokio::select! {
                () = stop.requested() => break,
                () = runner.signal.0.notified() => {}
                () = tokio::time::sleep(SCAN_INTERVAL) => {}
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
