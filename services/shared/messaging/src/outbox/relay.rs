//! Publishes what the outbox holds and marks what the server acknowledged.
//!
//! Rows are chosen by `published_at is null`, never by a sequence cursor: sequences are handed out before commit.
//! If the relay dies between publishing and marking, the row is published again under the same message id, and the
//! inbox of every consumer makes that harmless.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream;
use chrono::{DateTime, Utc};
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, readiness::Readiness, stop::Stop};
use edina_telemetry::propagation;
use futures::{StreamExt as _, stream};
use sqlx::Row as _;
use tokio::sync::Notify;
use tracing::Instrument as _;
use uuid::Uuid;

use super::backlog;
use crate::{envelope, streams};

/// Only for what another copy left behind: what happens here wakes the relay.
const SCAN_INTERVAL: Duration = Duration::from_secs(1);
const ERROR_WAIT: Duration = Duration::from_secs(1);
/// When a batch has just gone out, others are let gather for so long: a transaction and an ack for one fact cost as much
/// as for many.
const GATHER: Duration = Duration::from_millis(5);
const BATCH: i64 = 256;
const IN_FLIGHT: usize = 64;
/// Published rows are kept beyond the server's sync interval, so that they can be published again.
const KEEP_PUBLISHED: chrono::Duration = chrono::Duration::days(3);
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);

/// Wakes the relay of this process after a commit.
#[derive(Debug, Clone, Default)]
pub struct RelaySignal(Arc<Notify>);

impl RelaySignal {
    /// There may be facts to publish now.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// The relay of one service. Several copies share the work.
#[derive(Debug)]
pub struct Relay {
    /// The service's database.
    pub database: Database,
    /// Where facts are published.
    pub jetstream: jetstream::Context,
    /// Short service name, for instance `registry`: the stream is `EDINA_REGISTRY`.
    pub service: &'static str,
    /// Stream replicas.
    pub replicas: usize,
    /// Time source.
    pub clock: SharedClock,
    /// Woken by it, besides a short timer.
    pub signal: RelaySignal,
    /// The condition `stream` is kept here.
    pub readiness: Readiness,
}

impl Relay {
    /// Publishes until the stop is asked for.
    pub async fn run(self, stop: Stop) {
        let (database, clock) = (self.database.clone(), Arc::clone(&self.clock));
        stop.spawn(
            "outbox backlog",
            backlog::tell(database, self.service, clock, stop.clone()),
        );
        // A counter that is born with its first count hides that count from `increase`.
        metrics::counter!("edina_outbox_published_total", "producer" => self.service).increment(0);
        let mut ensured = false;
        let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
        while !stop.is_requested() {
            if !ensured {
                match streams::ensure(&self.jetstream, self.service, self.replicas).await {
                    Ok(_) => {
                        self.readiness.up("stream");
                        ensured = true;
                    }
                    Err(error) => {
                        self.readiness.behind("stream", error.to_string());
                        pause(&stop, ERROR_WAIT).await;
                        continue;
                    }
                }
            }
            match self.publish_batch().await {
                Ok(count) if count == usize::try_from(BATCH).unwrap_or(usize::MAX) => continue,
                Ok(0) => {}
                Ok(_) => pause(&stop, GATHER).await,
                Err(error) => {
                    tracing::warn!(service = self.service, "facts cannot be published: {error:#}");
                    ensured = false;
                    pause(&stop, ERROR_WAIT).await;
                }
            }
            tokio::select! {
                () = stop.requested() => {}
                () = self.signal.0.notified() => {}
                () = tokio::time::sleep(SCAN_INTERVAL) => {}
                _ = sweep.tick() => self.sweep().await,
            }
        }
        // What the last transactions left behind.
        if let Err(error) = self.publish_batch().await {
            tracing::info!(service = self.service, "facts stay for the next start: {error:#}");
        }
    }

    async fn publish_batch(&self) -> anyhow::Result<usize> {
        // A mark that is forgotten means that the fact is published again, as after a crash before the mark.
        let mut tx = self.database.begin_repeatable().await?;
        let rows = sqlx::query(
            "select id, subject, event_type, entity_id, payload, traceparent, created_at from outbox
             where published_at is null order by seq limit $1 for update skip locked",
        )
        .bind(BATCH)
        .fetch_all(&mut *tx)
        .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let count = rows.len();
        let outcomes: Vec<anyhow::Result<Uuid>> =
            stream::iter(rows.into_iter().map(|row| self.publish(row, None)))
                .buffered(IN_FLIGHT)
                .collect()
                .await;
        let mut published = Vec::with_capacity(count);
        let mut failed = None;
        for outcome in outcomes {
            match outcome {
                Ok(id) => published.push(id),
                Err(error) => failed = Some(error),
            }
        }
        let now = self.clock.now();
        sqlx::query("update outbox set published_at = $1 where id = any($2)")
            .bind(now)
            .bind(&published)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        metrics::counter!("edina_outbox_published_total", "producer" => self.service)
            .increment(published.len() as u64);
        failed.map_or(Ok(count), Err)
    }

    async fn publish(&self, row: sqlx::postgres::PgRow, message_id: Option<String>) -> anyhow::Result<Uuid> {
        let id: Uuid = row.try_get("id")?;
        let traceparent: Option<String> = row.try_get("traceparent")?;
        let at: DateTime<Utc> = row.try_get("created_at")?;
        let event_type = row.try_get("event_type")?;
        let span = propagation::publishing(event_type, traceparent.as_deref());
        let mut headers = envelope::headers(
            id,
            event_type,
            row.try_get("entity_id")?,
            at,
            propagation::of(&span).or(traceparent).as_deref(),
            &format!("/edina/{}", self.service),
        );
        if let Some(message_id) = message_id {
            headers.insert(envelope::MESSAGE_ID, message_id.as_str());
        }
        let subject: String = row.try_get("subject")?;
        let payload: Vec<u8> = row.try_get("payload")?;
        #[expect(clippy::disallowed_methods, reason = "this is the relay")]
        let sent = self
            .jetstream
            .publish_with_headers(subject, headers, payload.into());
        // Only the second await is the server's acknowledgement.
        async { sent.await?.await }.instrument(span).await?;
        let lag = (self.clock.now() - at).num_milliseconds();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a lag in milliseconds is far below 2^52"
        )]
        metrics::histogram!("edina_outbox_lag_seconds", "producer" => self.service)
            .record(lag as f64 / 1000.0);
        Ok(id)
    }

    async fn sweep(&self) {
        let outcome = async {
            let mut tx = self.database.begin_system().await?;
            sqlx::query("delete from outbox where published_at < $1")
                .bind(self.clock.now() - KEEP_PUBLISHED)
                .execute(&mut *tx)
                .await?;
            // Inbox retention exceeds stream retention.
            let keep = chrono::Duration::from_std(streams::RETENTION).unwrap_or(KEEP_PUBLISHED) * 2;
            sqlx::query("delete from inbox where applied_at < $1")
                .bind(self.clock.now() - keep)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        };
        if let Err(error) = outcome.await {
            tracing::warn!(service = self.service, %error, "old facts cannot be swept");
        }
    }
}

async fn pause(stop: &Stop, time: Duration) {
    tokio::select! { () = stop.requested() => {}, () = tokio::time::sleep(time) => {} }
}

/// Marks the facts of a span as unpublished, so that the relay sends them again. Answers how many.
pub async fn republish(database: &Database, from: DateTime<Utc>, to: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut tx = database.begin_system().await?;
    let done =
        sqlx::query("update outbox set published_at = null where created_at >= $1 and created_at < $2")
            .bind(from)
            .bind(to)
            .execute(&mut *tx)
            .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
