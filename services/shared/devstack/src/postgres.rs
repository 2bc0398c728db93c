//! One private PostgreSQL: made once, started on a port of our choice, proved to be ours.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::attempt::Attempt;
use crate::error::{Doing, StackError};
use crate::folder::{open_log, read_log_from};
use crate::process::{self, ServerProcess, StopSignals};
use crate::room;
use crate::secret;
use crate::source::Programs;
use crate::unprivileged::Identity;

pub(crate) const NAME: &str = "PostgreSQL";
/// The superuser of the private server.
pub(crate) const SUPERUSER: &str = "edina";
/// Fast shutdown rolls open transactions back; immediate shutdown leaves recovery to the next start.
const SIGNALS: StopSignals = StopSignals {
    gentle: Signal::INT,
    forced: Signal::QUIT,
};
const INITDB: Duration = Duration::from_secs(120);
/// Recovery after an unclean stop counts in: it reads the log again from its beginning at every start, so a start that
/// ended before would never succeed.
const READY: Duration = Duration::from_secs(900);
const POLL: Duration = Duration::from_millis(20);

/// Settings of every start. Statements and row contents stay out of the log: they hold personal data.
const SETTINGS: [&str; 13] = [
    "listen_addresses=127.0.0.1",
    // No socket file: its path would have to fit into 107 bytes.
    "unix_socket_directories=",
    "fsync=on",
    "checkpoint_timeout=15min",
    "random_page_cost=1.1",
    "max_connections=200",
    "password_encryption=scram-sha-256",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "logging_collector=off",
    "jit=off",
];

#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) programs: Programs,
    pub(crate) password: String,
    identity: Identity,
    data: PathBuf,
    log: PathBuf,
}

/// Major version of the data kept in a stack folder, if there is any.
pub(crate) fn existing_major(stack: &Path) -> Result<Option<u32>, StackError> {
    let path = stack.join("postgres/PG_VERSION");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).doing("read", &path)?;
    let reason = || format!("holds `{}` instead of a PostgreSQL version", text.trim());
    text.trim().parse().map(Some).map_err(|_| StackError::Data {
        path: path.clone(),
        reason: reason(),
    })
}

impl Postgres {
    /// Stops what an earlier run left, and makes the database cluster if there is none.
    pub(crate) async fn prepare(stack: &Path, programs: Programs) -> Result<Self, StackError> {
        let data = stack.join("postgres");
        let identity = Identity::choose(&data).await?;
        identity.let_through(stack)?;
        let password_file = stack.join("postgres.password");
        if data.exists() && !password_file.exists() {
            return Err(StackError::Data {
                path: password_file,
                reason: format!("is missing, so {} cannot be used", data.display()),
            });
        }
        let password = secret::kept_in(&password_file)?;
        let log = stack.join("log/postgres.log");
        let this = Self {
            programs,
            password,
            identity,
            data,
            log,
        };
        this.clear_leftovers().await?;
        if !this.data.exists() {
            this.initdb(&password_file).await?;
        }
        this.identity.own(&this.data)?;
        Ok(this)
    }

    async fn clear_leftovers(&self) -> Result<(), StackError> {
        let Some(file) = PidFile::read(&self.data) else {
            return Ok(());
        };
        process::stop_orphan(NAME, file.pid, "postgres", &self.data, SIGNALS).await?;
        // After a hard stop the number in the file may belong to a stranger by now, and PostgreSQL would
        // take the stranger for a running server. The lock on the stack folder says there is none.
        let path = self.data.join("postmaster.pid");
        if path.exists() {
            fs::remove_file(&path).doing("remove", &path)?;
        }
        Ok(())
    }

    /// Makes the cluster aside and renames it, so that an interrupted first start leaves nothing half-made.
    async fn initdb(&self, password_file: &Path) -> Result<(), StackError> {
        let fresh = self.data.with_extension("initdb");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).doing("remove", &fresh)?;
        }
        fs::create_dir(&fresh).doing("create", &fresh)?;
        self.identity.own(&fresh)?;
        self.identity.own(password_file)?;
        let mut command = self.identity.command(self.programs.path("initdb"));
        command
            .arg("-D")
            .arg(&fresh)
            .args(["-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8"]);
        command
            .args(["--auth=scram-sha-256"])
            .arg(format!("--pwfile={}", password_file.display()));
        command.current_dir(&fresh);
        process::run(command, INITDB).await?;
        fs::rename(&fresh, &self.data).doing("write", &self.data)
    }

    /// One start on `port`.
    pub(crate) async fn start(&self, port: u16) -> Result<Attempt, StackError> {
        let (log, from) = open_log(&self.log)?;
        let errors: File = log.try_clone().doing("open", &self.log)?;
        let mut command = self.identity.command(self.programs.path("postgres"));
        command.arg("-D").arg(&self.data).args(["-p", &port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(["-c", &format!("shared_buffers={}MB", room::shared_buffers())]);
        command.args(["-c", &format!("max_wal_size={}MB", room::wal(&self.data))]);
        command.current_dir(&self.data).stdout(log).stderr(errors);
        let process =
            ServerProcess::spawn(NAME, command, SIGNALS).doing("start", &self.programs.path("postgres"))?;
        let deadline = Instant::now() + READY;
        loop {
            if process.ended().is_some() {
                let text = read_log_from(&self.log, from);
                if text.contains("Address already in use") {
                    return Ok(Attempt::PortTaken);
                }
                if text.contains("still in use") && Instant::now() < deadline {
                    // Backends of a killed server need a moment to notice.
                    return Ok(Attempt::Again);
                }
                return Err(StackError::NotStarted {
                    server: NAME,
                    reason: process::tail(&text).to_owned(),
                });
            }
            if self.answers_as_ours(process.pid(), port) {
                return Ok(Attempt::Running(process));
            }
            if Instant::now() > deadline {
                process.stop().await?;
                let text = read_log_from(&self.log, from);
                return Err(StackError::NotStarted {
                    server: NAME,
                    reason: format!("not ready within {} s: {}", READY.as_secs(), process::tail(&text)),
                });
            }
            sleep(POLL).await;
        }
    }

    /// The server itself writes into its data folder which process serves it, on which port, and that it
    /// is ready; it does so only after it has bound the port.
    fn answers_as_ours(&self, pid: u32, port: u16) -> bool {
        PidFile::read(&self.data).is_some_and(|file| {
            file.pid == pid && file.data == self.data && file.port == Some(port) && file.ready
        })
    }
}

/// What `postmaster.pid` says: pid, data folder, start time, port, socket folder, address, shared memory, state.
#[derive(Debug, PartialEq, Eq)]
struct PidFile {
    pid: u32,
    data: PathBuf,
    port: Option<u16>,
    ready: bool,
}

impl PidFile {
    fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        let data = PathBuf::from(lines.next().unwrap_or_default());
        let port = lines.nth(1).and_then(|line| line.trim().parse().ok());
        let ready = lines.nth(3).is_some_and(|line| line.trim() == "ready");
        Some(Self {
            pid,
            data,
            port,
            ready,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_is_read_whole_or_in_part() {
        let whole = "4211\n/data/postgres\n1763760000\n15433\n\n127.0.0.1\n  5432001   32769\nready   \n";
        let file = PidFile::parse(whole).unwrap();
        assert_eq!(
            file,
            PidFile {
                pid: 4211,
                data: "/data/postgres".into(),
                port: Some(15433),
                ready: true
            }
        );
        let starting = PidFile::parse("4211\n/data/postgres\n1763760000\n15433\n\n127.0.0.1\n").unwrap();
        assert!(!starting.ready);
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("none\n"), None);
    }
}
