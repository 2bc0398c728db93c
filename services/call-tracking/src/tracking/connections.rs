//! The exchanges as the connections page shows them, and as click-to-call uses them.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use tokio::sync::watch;

use crate::{
    ami::client::{Pbx, Status},
    config::PbxConfig,
};

/// One exchange.
#[derive(Clone)]
pub struct Connection {
    /// Its settings.
    pub config: PbxConfig,
    /// Host and port, without the secret.
    pub address: String,
    /// State of the connection.
    pub status: watch::Receiver<Status>,
    /// Places calls.
    pub pbx: Pbx,
    /// Since when the state is what it is, microseconds.
    since: Arc<AtomicI64>,
    /// When something was heard last, microseconds; 0 for never.
    heard: Arc<AtomicI64>,
}

impl Connection {
    /// An exchange that was just begun to connect to.
    pub fn new(
        config: PbxConfig,
        address: String,
        status: watch::Receiver<Status>,
        pbx: Pbx,
        now: DateTime<Utc>,
    ) -> Self {
        let since = Arc::new(AtomicI64::new(now.timestamp_micros()));
        Self {
            config,
            address,
            status,
            pbx,
            since,
            heard: Arc::default(),
        }
    }

    /// Notes that something was heard.
    pub fn heard(&self, at: DateTime<Utc>) {
        self.heard.store(at.timestamp_micros(), Ordering::Relaxed);
    }

    /// Notes that the state changed.
    pub fn changed(&self, at: DateTime<Utc>) {
        self.since.store(at.timestamp_micros(), Ordering::Relaxed);
    }

    /// When something was heard last.
    pub fn last_event_at(&self) -> Option<DateTime<Utc>> {
        let micros = self.heard.load(Ordering::Relaxed);
        DateTime::from_timestamp_micros(micros).filter(|_| micros > 0)
    }

    /// Since when the state is what it is.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.since.load(Ordering::Relaxed))
    }
}

/// All exchanges of this process.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<Vec<Connection>>>);

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connections")
    }
}

impl Connections {
    /// Adds an exchange.
    pub fn add(&self, connection: Connection) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }

    /// The exchanges of a group.
    pub fn of(&self, group: &GroupId) -> Vec<Connection> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .filter(|connection| connection.config.group == *group)
            .cloned()
            .collect()
    }
}
