//! Connections for reads that are one statement each, and set their own scope.
//!
//! A pool asks the server twice per use whether the connection still lives, and a transaction asks twice more: around a
//! read of a tenth of a millisecond that is most of its cost. Here a statement is one round trip. A connection that has
//! died meanwhile is found out by the statement failing, which is then asked once more on a new one: a read may be.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::ACQUIRE_TIMEOUT;

/// A connection older than this is not used again, as in a pool.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// So many connections at most, opened when first needed. Clones share them.
#[derive(Debug, Clone)]
pub struct Readers(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    options: PgConnectOptions,
    places: Semaphore,
    free: Mutex<Vec<(PgConnection, Instant)>>,
    waits: metrics::Histogram,
}

impl Readers {
    pub(crate) fn new(options: PgConnectOptions, connections: usize, waits: metrics::Histogram) -> Self {
        Self(Arc::new(Parts {
            options,
            places: Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS)),
            free: Mutex::default(),
            waits,
        }))
    }

    /// Runs one statement that only reads. It may run twice.
    ///
    /// # Errors
    /// As the statement; [`sqlx::Error::PoolTimedOut`] when no connection is free for too long.
    pub async fn read<T>(
        &self,
        statement: impl for<'c> Fn(&'c mut PgConnection) -> BoxFuture<'c, sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        let began = Instant::now();
        let _place = self.place().await?;
        let kept = self.kept();
        self.0.waits.record(began.elapsed().as_secs_f64());
        if let Some((mut connection, opened)) = kept {
            match statement(&mut connection).await {
                Err(sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_)) => {}
                // The server told it to go: it is stopping or was told to end this connection.
                Err(sqlx::Error::Database(error))
                    if error.code().is_some_and(|code| code.starts_with("57P")) => {}
                outcome => {
                    self.keep(connection, opened);
                    return outcome;
                }
            }
        }
        let mut connection = tokio::time::timeout(ACQUIRE_TIMEOUT, self.0.options.connect())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)??;
        let outcome = statement(&mut connection).await;
        if matches!(outcome, Ok(_) | Err(sqlx::Error::Database(_))) {
            self.keep(connection, Instant::now());
        }
        outcome
    }

    /// The next reads open new connections, which know nothing of the plans of the old ones.
    pub(crate) fn open_anew(&self) {
        self.0.free.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn place(&self) -> sqlx::Result<SemaphorePermit<'_>> {
        tokio::time::timeout(ACQUIRE_TIMEOUT, self.0.places.acquire())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)
    }

    /// The connection used last, which the server has most at hand.
    fn kept(&self) -> Option<(PgConnection, Instant)> {
        self.0.free.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: PgConnection, opened: Instant) {
        if opened.elapsed() < LIFETIME {
            self.0
                .free
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((connection, opened));
        }
    }
}
