//! Many cards at once into an empty base: what [`Registry::resolve`](crate::registry::Registry::resolve) would have
//! stored, by `COPY`, for benchmarks and for trying things out at size.
//!
//! Reading, normalising, keys and search terms are the registry's own; nobody is compared with anybody: the caller says
//! which records are one client. No facts are said, no consents taken, no relations looked for, and no vehicle may be of two
//! clients. Indexes are built afterwards, so the tables must be empty and nobody may use them meanwhile. Row-level security
//! allows no `COPY`: the connection must be a superuser's. A load that fails leaves tables to be thrown away.

mod batch;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
pub use edina_identity::Home;
use edina_runtime::group::GroupId;
use sqlx::PgPool;
use tokio::{sync::mpsc, task::JoinSet};
use uuid::Uuid;

use crate::{client::record::Said, store};
use batch::{Batch, Dictionary};

/// Clients that go to the database together.
const BATCH: u64 = 2_000;
/// Batches ready and not yet written.
const WAITING: usize = 4;

/// What is to be loaded.
pub struct Load<F> {
    /// The dealership group.
    pub group: GroupId,
    /// Where phone numbers are typed.
    pub home: Home,
    /// When it all was received.
    pub now: DateTime<Utc>,
    /// How many clients.
    pub clients: u64,
    /// The records of client `n`, the first of which makes the client.
    pub records: F,
}

impl<F> std::fmt::Debug for Load<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load")
            .field("group", &self.group)
            .field("clients", &self.clients)
            .finish_non_exhaustive()
    }
}

/// What was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Cards.
    pub clients: u64,
    /// Source records.
    pub records: u64,
}

/// How many cards the base holds.
///
/// # Errors
/// When the database refuses.
pub async fn count(pool: &PgPool) -> anyhow::Result<u64> {
    Ok(store::copy::count(pool).await?.unsigned_abs())
}

/// Loads everything; `progress` hears how many clients are in.
///
/// # Errors
/// When the base is not empty, a record cannot be used, or the database refuses.
pub async fn load<F>(pool: &PgPool, load: Load<F>, mut progress: impl FnMut(u64)) -> anyhow::Result<Loaded>
where
    F: Fn(u64) -> Vec<Said> + Send + Sync + 'static,
{
    store::copy::require_empty(pool).await?;
    let indexes = store::copy::take_indexes(pool).await?;
    // One transaction, in which the tables are made anew: with `wal_level = minimal` their rows are written once.
    let mut tx = pool.begin().await?;
    store::copy::make_anew(&mut tx).await?;
    let load = Arc::new(load);
    let next = Arc::new(AtomicU64::new(0));
    let dictionary = Arc::new(Dictionary::default());
    let (sender, mut batches) = mpsc::channel::<anyhow::Result<Batch>>(WAITING);
    let mut workers = JoinSet::new();
    for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
        let (load, next, sender) = (Arc::clone(&load), Arc::clone(&next), sender.clone());
        let dictionary = Arc::clone(&dictionary);
        workers.spawn_blocking(move || {
            loop {
                let first = next.fetch_add(BATCH, Ordering::Relaxed);
                if first >= load.clients {
                    return;
                }
                let batch = Batch::read(&load, &dictionary, first..(first + BATCH).min(load.clients));
                let failed = batch.is_err();
                // The receiver is gone when writing has failed.
                if sender.blocking_send(batch).is_err() || failed {
                    return;
                }
            }
        });
    }
    drop(sender);
    let mut loaded = Loaded::default();
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        store::copy::write(&mut tx, &batch.tables).await.context("COPY")?;
        loaded.clients += batch.loaded.clients;
        loaded.records += batch.loaded.records;
        progress(loaded.clients);
    }
    while let Some(ended) = workers.join_next().await {
        ended?;
    }
    store::copy::count_in(&mut tx).await?;
    store::relations::set_mark(&mut tx, load.group.as_str(), Uuid::now_v7()).await?;
    tx.commit().await?;
    store::copy::put_indexes(pool, &indexes).await?;
    Ok(loaded)
}
