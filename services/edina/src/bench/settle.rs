//! Waiting until everything accepted has had all its effects, and what the databases say about how long each took.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use async_nats::jetstream;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use sqlx::{PgPool, Row as _};

use super::ground::Ground;

/// Looking costs CPU as well, of PostgreSQL and NATS.
const POLL: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(600);
/// Looks in a row that must find nothing to do: work is between two places for moments.
const QUIET_LOOKS: u32 = 2;

/// Work that keeps a service's database busy: facts to publish, jobs that are due.
const BUSY: &str = "select exists(select from outbox where published_at is null)
    or exists(select from jobs where due_at <= now() + interval '5 seconds')";

/// Connections that look into the databases of the running services.
pub(super) struct Look {
    pub(super) registry: PgPool,
    pub(super) intake: PgPool,
    pub(super) calls: PgPool,
    pub(super) notification: PgPool,
    jetstream: jetstream::Context,
}

/// When things happened to a lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) received: DateTime<Utc>,
    pub(super) on_card: Option<DateTime<Utc>>,
    /// The message to the client.
    pub(super) queued: Option<DateTime<Utc>>,
    pub(super) sent: Option<DateTime<Utc>>,
}

impl Look {
    pub(super) async fn open(ground: &Ground) -> anyhow::Result<Self> {
        let nats = edina_messaging::connect(&ground.stack.nats_url().into(), "edina-bench").await?;
        Ok(Self {
            registry: ground.look_into(client_registry::DATABASE, 1).await?,
            intake: ground.look_into(lead_intake::DATABASE, 1).await?,
            calls: ground.look_into(call_tracking::DATABASE, 1).await?,
            notification: ground.look_into(notification::DATABASE, 1).await?,
            jetstream: edina_messaging::connection::jetstream(&nats),
        })
    }

    /// Waits until no service has anything left to do; how long it took.
    pub(super) async fn settled(&self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let mut quiet = 0;
        let mut last = started.elapsed();
        while quiet < QUIET_LOOKS {
            if self.is_busy().await? {
                quiet = 0;
                last = started.elapsed();
                anyhow::ensure!(
                    last < PATIENCE,
                    "the services do not come to rest within {PATIENCE:?}"
                );
            } else {
                quiet += 1;
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(last)
    }

    async fn is_busy(&self) -> anyhow::Result<bool> {
        for pool in [&self.intake, &self.registry, &self.notification, &self.calls] {
            if sqlx::query_scalar::<_, bool>(BUSY).fetch_one(pool).await? {
                return Ok(true);
            }
        }
        let mut streams = self.jetstream.stream_names();
        while let Some(name) = streams.try_next().await? {
            if !name.starts_with("EDINA_") || name == edina_messaging::streams::DEAD_LETTERS {
                continue;
            }
            let stream = self.jetstream.get_stream(&name).await?;
            let mut consumers = stream.consumers();
            while let Some(consumer) = consumers.try_next().await? {
                if consumer.num_pending > 0 || consumer.num_ack_pending > 0 {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Events that could not be applied.
    pub(super) async fn dead_letters(&self) -> anyhow::Result<i64> {
        let Ok(mut stream) = self
            .jetstream
            .get_stream(edina_messaging::streams::DEAD_LETTERS)
            .await
        else {
            return Ok(0);
        };
        Ok(i64::try_from(stream.info().await?.state.messages)?)
    }

    /// How many facts each service has said.
    pub(super) async fn facts(&self) -> anyhow::Result<i64> {
        let mut sum = 0;
        for pool in [&self.intake, &self.registry, &self.notification, &self.calls] {
            sum += sqlx::query_scalar::<_, i64>("select count(*) from outbox")
                .fetch_one(pool)
                .await?;
        }
        Ok(sum)
    }

    /// Transactions committed so far, in all databases.
    pub(super) async fn commits(&self) -> anyhow::Result<i64> {
        // Backends report with a delay; the flush makes this one's own look current only.
        let sql = "select coalesce(sum(xact_commit), 0)::bigint from pg_stat_database";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.intake).await?)
    }

    /// A count; the statement selects one bigint.
    pub(super) async fn count(pool: &PgPool, sql: &'static str) -> anyhow::Result<i64> {
        sqlx::query_scalar(sql).fetch_one(pool).await.context(sql)
    }

    /// What happened when to every lead received since then.
    pub(super) async fn times(&self, since: DateTime<Utc>) -> anyhow::Result<Vec<Times>> {
        let mut leads = HashMap::new();
        let rows = sqlx::query("select id::text as id, received_at from leads where received_at >= $1")
            .bind(since)
            .fetch_all(&self.intake)
            .await?;
        for row in rows {
            let received = row.try_get("received_at")?;
            let times = Times {
                received,
                on_card: None,
                queued: None,
                sent: None,
            };
            leads.insert(row.try_get::<String, _>("id")?, times);
        }
        let rows = sqlx::query(
            "select external_id, received_at from source_records where source = 'lead_intake' and received_at >= $1",
        )
        .bind(since)
        .fetch_all(&self.registry)
        .await?;
        for row in rows {
            if let Some(times) = leads.get_mut(&row.try_get::<String, _>("external_id")?) {
                times.on_card = row.try_get("received_at")?;
            }
        }
        let rows = sqlx::query(
            "select lead_id, created_at, sent_at from messages where occasion = 'lead_received' and created_at >= $1",
        )
        .bind(since)
        .fetch_all(&self.notification)
        .await?;
        for row in rows {
            if let Some(times) = leads.get_mut(&row.try_get::<String, _>("lead_id")?) {
                times.queued = row.try_get("created_at")?;
                times.sent = row.try_get("sent_at")?;
            }
        }
        Ok(leads.into_values().collect())
    }
}
