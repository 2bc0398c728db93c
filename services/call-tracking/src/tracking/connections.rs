//! The exchanges as the connections page shows them, and as click-to-call uses them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;

use crate::{
    ami::{
        action::Originate,
        client::{self, OriginateError, Pbx, Status},
        settings::{PbxAddress, Tuning},
    },
    config::PbxConfig,
    store::pbx_readers::Beat,
};

/// One exchange.
#[derive(Clone)]
pub struct Connection {
    /// Its settings.
    pub config: PbxConfig,
    /// Where it is.
    pub address: PbxAddress,
    reading: Arc<Mutex<Option<Reading>>>,
}

/// This copy's connection, while it is its turn.
struct Reading {
    status: Status,
    pbx: Pbx,
    since: DateTime<Utc>,
    heard_at: Option<DateTime<Utc>>,
    /// It is known what goes on.
    pictured: bool,
}

/// For the answer to the last question before this copy goes.
const CATCH_UP: Duration = Duration::from_secs(2);

impl Connection {
    /// An exchange that nobody connects to yet.
    pub fn new(config: PbxConfig, address: PbxAddress) -> Self {
        Self {
            config,
            address,
            reading: Arc::default(),
        }
    }

    /// Host and port, without the secret.
    pub fn place(&self) -> String {
        format!("{}:{}", self.address.host, self.address.port)
    }

    /// This copy begins to read.
    pub(super) fn begin(&self, pbx: Pbx, at: DateTime<Utc>) {
        *self.lock() = Some(Reading {
            status: Status::Connecting,
            pbx,
            since: at,
            heard_at: None,
            pictured: false,
        });
    }

    /// This copy reads no more.
    pub(super) fn end(&self) {
        *self.lock() = None;
    }

    /// Notes that something was heard.
    pub(super) fn heard(&self, at: DateTime<Utc>) {
        if let Some(reading) = self.lock().as_mut() {
            reading.heard_at = Some(at);
        }
    }

    /// Notes that it is known what goes on, as far as the exchange tells.
    pub(super) fn pictured(&self, at: DateTime<Utc>) {
        if let Some(reading) = self.lock().as_mut() {
            (reading.pictured, reading.heard_at) = (true, Some(at));
        }
    }

    /// Waits until everything that the exchange has told this copy is among its signals.
    pub(super) async fn caught_up(&self) {
        let pbx = self
            .lock()
            .as_ref()
            .filter(|reading| matches!(reading.status, Status::Up { .. }))
            .map(|reading| reading.pbx.clone());
        if let Some(pbx) = pbx
            && !pbx.caught_up(CATCH_UP).await
        {
            tracing::warn!(
                pbx = self.config.name,
                "the last words of the PBX were not waited for"
            );
        }
    }

    /// Notes that the state changed.
    pub(super) fn changed(&self, status: Status, at: DateTime<Utc>) {
        if let Some(reading) = self.lock().as_mut() {
            reading.pictured &= matches!(status, Status::Up { .. });
            (reading.status, reading.since) = (status, at);
        }
    }

    /// How this copy's connection is; none while another copy reads. `up` only once what is going on is known.
    pub fn beat(&self) -> Option<Beat> {
        let reading = self.lock();
        let reading = reading.as_ref()?;
        let (state, detail) = match &reading.status {
            Status::Up { .. } if !reading.pictured => ("connecting", String::new()),
            Status::Connecting => ("connecting", String::new()),
            Status::Up { version } => ("up", version.clone()),
            Status::AuthFailed { reason } => ("auth_failed", reason.clone()),
            Status::Down { reason } => ("down", reason.clone()),
        };
        Some(Beat {
            state,
            detail,
            since: reading.since,
            heard_at: reading.heard_at,
        })
    }

    /// Click-to-call, from any copy: through the connection that reads, else through one for the purpose.
    ///
    /// # Errors
    /// [`OriginateError`] when not connected, refused, or not answered in time; never tried twice.
    pub async fn dial(&self, originate: Originate) -> Result<String, OriginateError> {
        let pbx = self.lock().as_ref().map(|reading| reading.pbx.clone());
        match pbx {
            Some(pbx) => pbx.originate(originate).await,
            None => client::originate_once(&self.address, &Tuning::default(), &originate).await,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Reading>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
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
