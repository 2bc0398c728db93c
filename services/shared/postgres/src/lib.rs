//! PostgreSQL as every service uses it: a pool, transactions that belong to one dealership group, migrations,
//! and durable jobs.
//!
//! Row-level security on every tenant table compares `group_id` with the setting `edina.group`, which
//! [`Database::begin`] sets for the transaction; a query outside of such a transaction sees no row.

pub mod connect;
pub mod error;
pub mod inspect;
pub mod jobs;
pub mod jobs_waiting;
pub mod migrate;
mod readers;
mod transaction;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use edina_runtime::{config::ServiceConfig, group::GroupId, readiness::Readiness, stop::Stop};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub use error::{constraint_of, is_transient};
pub use readers::Readers;
use transaction::Scope;
pub use transaction::Tx;

/// How long a request waits for a connection before it is refused.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A statement that takes longer is cancelled by the server.
const STATEMENT_TIMEOUT_MS: &str = "15000";
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
/// A connection idle for longer is asked whether it lives before it is used.
const TRUSTED: Duration = Duration::from_secs(1);
/// One in so many connections is set apart for [`Readers`].
const READERS: u32 = 4;
/// Plans are made anew at the latest after so many probes.
const LONGEST_PLANNED: u32 = 128;

/// A service's own database.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
    readers: Readers,
    service: Arc<str>,
    waits: metrics::Histogram,
}

impl Database {
    /// A pool that connects when first used, so that a service starts while its database is away.
    pub fn connect_lazy(url: &SecretString, connections: u32, service: &str) -> anyhow::Result<Self> {
        let options = connect::options(url.expose_secret(), None)?;
        Ok(Self::lazy(options, connections, 0, service))
    }

    /// As [`of`](Self::of), for a service whose statements want one plan whatever their parameters: planned once per
    /// connection, where PostgreSQL would otherwise plan ranges and limits anew each time, at half of a lookup's cost.
    pub fn planned_once(settings: &ServiceConfig, service: &str) -> anyhow::Result<Self> {
        let url = settings.database_url.expose_secret();
        let options = connect::options(url, settings.tls_ca.as_deref())?
            .options([("plan_cache_mode", "force_generic_plan")]);
        Ok(Self::with_readers(
            options,
            settings.database_connections,
            service,
        ))
    }

    /// The same from the settings of a service.
    pub fn of(settings: &ServiceConfig, service: &str) -> anyhow::Result<Self> {
        Self::with(settings, settings.database_connections, service)
    }

    /// The same, with some of the connections set apart for [`readers`](Self::readers).
    pub fn reading(settings: &ServiceConfig, service: &str) -> anyhow::Result<Self> {
        let url = settings.database_url.expose_secret();
        let options = connect::options(url, settings.tls_ca.as_deref())?;
        Ok(Self::with_readers(
            options,
            settings.database_connections,
            service,
        ))
    }

    /// The same with another number of connections.
    pub fn with(settings: &ServiceConfig, connections: u32, service: &str) -> anyhow::Result<Self> {
        let url = settings.database_url.expose_secret();
        let options = connect::options(url, settings.tls_ca.as_deref())?;
        Ok(Self::lazy(options, connections, 0, service))
    }

    fn with_readers(options: PgConnectOptions, connections: u32, service: &str) -> Self {
        let readers = connections / READERS;
        Self::lazy(options, connections - readers, readers, service)
    }

    fn lazy(options: PgConnectOptions, connections: u32, readers: u32, service: &str) -> Self {
        let options = options.application_name(service).options([
            ("statement_timeout", STATEMENT_TIMEOUT_MS),
            ("idle_in_transaction_session_timeout", "60000"),
            // Statements are prepared while tables are small, and a plan that reads a whole empty table stays until the
            // next analyze: by then it reads a hundred thousand rows. Every statement here has its index.
            ("enable_seqscan", "off"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // Asking before every use would cost as much as a small statement. One that was used a moment ago lives; if
            // not, its statement fails as it would have, had the server gone a moment later.
            .test_before_acquire(false)
            .before_acquire(|connection, used| {
                Box::pin(async move {
                    if used.idle_for > TRUSTED {
                        sqlx::Connection::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options.clone());
        let service: Arc<str> = service.into();
        let waits = metrics::histogram!("edina_database_wait_seconds", "service" => Arc::clone(&service));
        let readers = usize::try_from(readers).unwrap_or(1);
        Self {
            readers: Readers::new(options, readers, waits.clone()),
            pool,
            service,
            waits,
        }
    }

    /// A transaction of one dealership group: row-level security shows that group's rows and no others.
    pub async fn begin(&self, group: &GroupId) -> sqlx::Result<Tx> {
        self.timed(Scope::Group(group), &[]).await
    }

    /// As [`begin`](Self::begin), if a connection is free this moment. For who holds one already: to wait for a second could
    /// be to wait for oneself.
    pub async fn begin_if_free(&self, group: &GroupId) -> Option<Tx> {
        Tx::begin_if_free(&self.pool, Scope::Group(group)).await
    }

    /// As [`begin_if_free`](Self::begin_if_free), for what is of use only with what another transaction commits after it: its
    /// own commit does not wait for the disk, and that of the other brings both there.
    pub async fn begin_ahead_if_free(&self, group: &GroupId) -> Option<Tx> {
        Tx::begin_if_free(&self.pool, Scope::Ahead(group)).await
    }

    /// As [`begin`](Self::begin), holding the numbered advisory locks until the transaction ends: what is read in it was
    /// committed by those who held them before. `locks` must be sorted, so that nobody waits in a ring.
    pub async fn begin_locked(&self, group: &GroupId, locks: &[i64]) -> sqlx::Result<Tx> {
        self.timed(Scope::Group(group), locks).await
    }

    /// As [`begin_locked`](Self::begin_locked), and beside everybody else who holds `turn` so: whoever takes `turn` for
    /// himself waits for all of them, and they for him. The lock `free` it takes if nobody has it; whether it did the setting
    /// `edina.taken` tells, `true` or `false`: whatever is read after that is as whoever had it before left it.
    pub async fn begin_beside(
        &self,
        group: &GroupId,
        turn: i64,
        locks: &[i64],
        free: i64,
    ) -> sqlx::Result<Tx> {
        self.timed(Scope::Beside(group, turn, free), locks).await
    }

    /// A transaction of the service's own machinery: sees the outbox, inbox and jobs of every group, and no tenant row.
    pub async fn begin_system(&self) -> sqlx::Result<Tx> {
        self.timed(Scope::System, &[]).await
    }

    /// As [`begin_system`](Self::begin_system), for marks: what is done again if they are lost, to the same effect. Its
    /// commit does not wait for the disk, and a server that dies may forget its last moments. Never for leases, which keep
    /// two from doing the same, nor for anything somebody was told is stored.
    pub async fn begin_repeatable(&self) -> sqlx::Result<Tx> {
        self.timed(Scope::Repeatable, &[]).await
    }

    async fn timed(&self, scope: Scope<'_>, locks: &[i64]) -> sqlx::Result<Tx> {
        let began = Instant::now();
        let tx = Tx::begin(&self.pool, scope, locks).await;
        self.waits.record(began.elapsed().as_secs_f64());
        tx
    }

    /// Connections for reads that are one statement and set their own scope.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// The pool, for what needs no group.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Keeps the readiness condition `postgres` true to life until the stop.
    pub async fn watch(&self, readiness: Readiness, stop: Stop) {
        readiness.down("postgres", "not reached yet");
        let mut every = tokio::time::interval(PROBE_INTERVAL);
        let (mut planned_for, mut probes) = (1, 0);
        loop {
            tokio::select! { _ = every.tick() => {}, () = stop.requested() => return }
            self.tell_connections();
            probes += 1;
            if probes > planned_for {
                self.plan_anew().await;
                (planned_for, probes) = ((planned_for * 2).min(LONGEST_PLANNED), 0);
            }
            match sqlx::query("select 1").execute(&self.pool).await {
                Ok(_) => readiness.up("postgres"),
                Err(error) => readiness.down("postgres", error.to_string()),
            }
        }
    }

    /// Plans made while the tables were empty read a whole group where one row is wanted: to the planner every index
    /// was as good as any other. The server would notice a minute later; until then every lead costs more than the last.
    async fn plan_anew(&self) {
        self.readers.open_anew();
        // The pool hands out whichever connection has been idle longest, so this comes by all of them.
        for _ in 0..self.pool.size() {
            let Ok(mut connection) = self.pool.acquire().await else {
                return;
            };
            if let Err(error) = sqlx::query("discard plans").execute(&mut *connection).await {
                tracing::debug!(%error, "plans are kept");
                return;
            }
        }
    }

    fn tell_connections(&self) {
        let open = self.pool.size();
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(open).min(open);
        let tell = |state: &'static str, count: u32| {
            metrics::gauge!("edina_database_connections", "service" => Arc::clone(&self.service), "state" => state)
                .set(f64::from(count));
        };
        tell("idle", idle);
        tell("busy", open - idle);
        metrics::gauge!("edina_database_connections_max", "service" => Arc::clone(&self.service))
            .set(f64::from(self.pool.options().get_max_connections()));
    }
}
