//! The running pair of servers and what can be done with it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::attempt::{on_free_port, on_port};
use crate::config::StackConfig;
use crate::error::StackError;
use crate::folder;
use crate::nats::{self, Nats};
use crate::postgres::{self, Postgres};
use crate::process::ServerProcess;
use crate::source::{self, Origin, Version};

/// One of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The database.
    Postgres,
    /// The message server.
    Nats,
}

/// A private PostgreSQL and NATS. Dropping it, or the end of this process in any way, stops both;
/// [`DevStack::stop`] also waits for them.
#[derive(Debug)]
pub struct DevStack {
    postgres: Postgres,
    postgres_port: u16,
    postgres_process: Mutex<Option<ServerProcess>>,
    nats: Nats,
    nats_port: u16,
    nats_process: Mutex<Option<ServerProcess>>,
    /// One start or stop at a time.
    changing: tokio::sync::Mutex<()>,
    data_dir: PathBuf,
    // Declared last: released after the servers were told to stop.
    _lock: File,
}

impl DevStack {
    /// Finds or fetches both servers and starts them on free ports of 127.0.0.1. Data of an earlier run
    /// in the same folder is used again, also after an unclean stop.
    ///
    /// # Errors
    /// See [`StackError`]; nothing is left running.
    pub async fn start(config: StackConfig) -> Result<Self, StackError> {
        let data_dir = folder::make(&config.data_dir)?;
        let lock = folder::lock(&data_dir)?;
        let cache = config.cache();
        let major = postgres::existing_major(&data_dir)?;
        let (postgres_wanted, nats_wanted) = (source::postgres(major), source::nats());
        let (postgres_programs, nats_programs) = tokio::try_join!(
            postgres_wanted.resolve(&config.postgres, &cache),
            nats_wanted.resolve(&config.nats, &cache),
        )?;
        let (postgres, nats) = tokio::try_join!(
            Postgres::prepare(&data_dir, postgres_programs),
            Nats::prepare(&data_dir, nats_programs),
        )?;
        let (postgres_process, postgres_port) =
            on_free_port(postgres::NAME, &data_dir.join("postgres.port"), async |port| {
                postgres.start(port).await
            })
            .await?;
        let (nats_process, nats_port) =
            match on_free_port(nats::NAME, &data_dir.join("nats.port"), async |port| {
                nats.start(port).await
            })
            .await
            {
                Ok(started) => started,
                Err(error) => {
                    postgres_process.stop().await?;
                    return Err(error);
                }
            };
        let stack = Self {
            postgres,
            postgres_port,
            postgres_process: Mutex::new(Some(postgres_process)),
            nats,
            nats_port,
            nats_process: Mutex::new(Some(nats_process)),
            changing: tokio::sync::Mutex::new(()),
            data_dir,
            _lock: lock,
        };
        tracing::info!(
            postgres = %stack.postgres_version(), postgres_origin = %stack.postgres_origin(), postgres_port,
            nats = %stack.nats_version(), nats_origin = %stack.nats_origin(), nats_port,
            "servers are running"
        );
        Ok(stack)
    }

    /// `postgres://edina:…@127.0.0.1:PORT/DATABASE`, as superuser. It holds the password: do not log it.
    pub fn postgres_url(&self, database: &str) -> String {
        format!(
            "postgres://{}:{}@127.0.0.1:{}/{database}",
            postgres::SUPERUSER,
            self.postgres.password,
            self.postgres_port
        )
    }

    /// `nats://TOKEN@127.0.0.1:PORT`. It holds the token: do not log it. `async-nats` ignores the token in
    /// a URL, so callers hand it over as an option.
    pub fn nats_url(&self) -> String {
        format!("nats://{}@127.0.0.1:{}", self.nats.token, self.nats_port)
    }

    /// Port of PostgreSQL; the same across restarts.
    pub fn postgres_port(&self) -> u16 {
        self.postgres_port
    }

    /// Port of NATS; the same across restarts.
    pub fn nats_port(&self) -> u16 {
        self.nats_port
    }

    /// The stack's folder, absolute.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Version of the running PostgreSQL programs.
    pub fn postgres_version(&self) -> Version {
        self.postgres.programs.version
    }

    /// Version of the running NATS program.
    pub fn nats_version(&self) -> Version {
        self.nats.programs.version
    }

    /// Where PostgreSQL came from.
    pub fn postgres_origin(&self) -> &Origin {
        &self.postgres.programs.origin
    }

    /// Where NATS came from.
    pub fn nats_origin(&self) -> &Origin {
        &self.nats.programs.origin
    }

    /// Process of PostgreSQL, `None` while it is stopped or after it has ended.
    pub fn postgres_pid(&self) -> Option<u32> {
        pid(&self.postgres_process)
    }

    /// Process of NATS, `None` while it is stopped or after it has ended.
    pub fn nats_pid(&self) -> Option<u32> {
        pid(&self.nats_process)
    }

    /// Waits until a server that runs now ends, whoever ended it.
    pub async fn server_ended(&self) -> Server {
        let exit = |slot: &Mutex<Option<ServerProcess>>| {
            slot.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .as_ref()
                .map(ServerProcess::exit)
        };
        let (postgres, nats) = (exit(&self.postgres_process), exit(&self.nats_process));
        let ended = async |exit: Option<tokio::sync::watch::Receiver<_>>| match exit {
            Some(mut exit) => drop(exit.wait_for(Option::is_some).await),
            None => std::future::pending().await,
        };
        tokio::select! {
            () = ended(postgres) => Server::Postgres,
            () = ended(nats) => Server::Nats,
        }
    }

    /// Stops both servers and waits until they are gone. The data stays.
    ///
    /// # Errors
    /// [`StackError::NotStopped`] when even force did not help.
    pub async fn stop(self) -> Result<(), StackError> {
        let (postgres, nats) = tokio::join!(stop(&self.postgres_process), stop(&self.nats_process));
        postgres.and(nats)
    }

    /// Stops PostgreSQL and keeps its port and data for [`DevStack::start_postgres`].
    ///
    /// # Errors
    /// [`StackError::NotStopped`].
    pub async fn stop_postgres(&self) -> Result<(), StackError> {
        let _one = self.changing.lock().await;
        stop(&self.postgres_process).await
    }

    /// Ends PostgreSQL with SIGKILL, as a crash would.
    ///
    /// # Errors
    /// [`StackError::NotStopped`].
    pub async fn kill_postgres(&self) -> Result<(), StackError> {
        let _one = self.changing.lock().await;
        kill(&self.postgres_process).await
    }

    /// Starts PostgreSQL again, on the same port and data. Does nothing when it runs.
    ///
    /// # Errors
    /// [`StackError::PortTaken`] when somebody took the port meanwhile, else as [`DevStack::start`].
    pub async fn start_postgres(&self) -> Result<(), StackError> {
        let _one = self.changing.lock().await;
        if self.postgres_pid().is_some() {
            return Ok(());
        }
        let process = on_port(postgres::NAME, self.postgres_port, async |port| {
            self.postgres.start(port).await
        })
        .await?;
        *self
            .postgres_process
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(process);
        Ok(())
    }

    /// [`DevStack::stop_postgres`], then [`DevStack::start_postgres`].
    ///
    /// # Errors
    /// Those of both.
    pub async fn restart_postgres(&self) -> Result<(), StackError> {
        self.stop_postgres().await?;
        self.start_postgres().await
    }

    /// Stops NATS and keeps its port and data for [`DevStack::start_nats`].
    ///
    /// # Errors
    /// [`StackError::NotStopped`].
    pub async fn stop_nats(&self) -> Result<(), StackError> {
        let _one = self.changing.lock().await;
        stop(&self.nats_process).await
    }

    /// Ends NATS with SIGKILL, as a crash would.
    ///
    /// # Errors
    /// [`StackError::NotStopped`].
    pub async fn kill_nats(&self) -> Result<(), StackError> {
        let _one = self.changing.lock().await;
        kill(&self.nats_process).await
    }

    /// Starts NATS again, on the same port and data. Does nothing when it runs.
    ///
    /// # Errors
    /// [`StackError::PortTaken`] when somebody took the port meanwhile, else as [`DevStack::start`].
    pub async fn start_nats(&self) -> Result<(), StackError> {
        let _one = self.changing.lock().await;
        if self.nats_pid().is_some() {
            return Ok(());
        }
        let process = on_port(nats::NAME, self.nats_port, async |port| {
            self.nats.start(port).await
        })
        .await?;
        *self.nats_process.lock().unwrap_or_else(PoisonError::into_inner) = Some(process);
        Ok(())
    }

    /// [`DevStack::stop_nats`], then [`DevStack::start_nats`].
    ///
    /// # Errors
    /// Those of both.
    pub async fn restart_nats(&self) -> Result<(), StackError> {
        self.stop_nats().await?;
        self.start_nats().await
    }
}

type Slot = Mutex<Option<ServerProcess>>;

fn pid(slot: &Slot) -> Option<u32> {
    let process = slot.lock().unwrap_or_else(PoisonError::into_inner);
    process
        .as_ref()
        .filter(|process| process.ended().is_none())
        .map(ServerProcess::pid)
}

async fn stop(slot: &Slot) -> Result<(), StackError> {
    let process = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    match process {
        Some(process) => process.stop().await,
        None => Ok(()),
    }
}

async fn kill(slot: &Slot) -> Result<(), StackError> {
    let process = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    match process {
        Some(process) => process.kill().await,
        None => Ok(()),
    }
}
