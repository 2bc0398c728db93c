//! Everything that can keep a stack from running, worded for the person at the terminal.

use std::io;
use std::path::{Path, PathBuf};

/// Why the servers could not be found, fetched, started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A setting holds something that cannot be used.
    #[error("{name}: {reason}")]
    Setting {
        /// Name of the environment variable or configuration field.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process runs a stack on the same data folder.
    #[error("{} is in use by another edina process{}; stop it or choose another --data-dir", data_dir.display(), holder.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    InUse {
        /// The contested folder.
        data_dir: PathBuf,
        /// Process that holds it, when it is known.
        holder: Option<u32>,
    },
    /// No acceptable server was found and none could be fetched.
    #[error("no usable {server}:\n{}\n{advice}", attempts.iter().map(|line| format!("  - {line}")).collect::<Vec<_>>().join("\n"))]
    NoServer {
        /// `PostgreSQL` or `NATS`.
        server: &'static str,
        /// What was tried, and how each try ended.
        attempts: Vec<String>,
        /// Commands that would help.
        advice: String,
    },
    /// A downloaded file is not the one this program was made for.
    #[error("{}: sha256 is {actual}, expected {expected}; the file is not used", path.display())]
    WrongHash {
        /// The refused file.
        path: PathBuf,
        /// Pinned hash, lower-case hex.
        expected: String,
        /// Hash of what was received.
        actual: String,
    },
    /// A program that helps with start-up (`initdb`, `pip`, …) failed or took too long.
    #[error("{program} failed: {reason}")]
    Command {
        /// Program and its first arguments.
        program: String,
        /// Exit status and the end of its output.
        reason: String,
    },
    /// A server ended or stayed silent instead of becoming ready.
    #[error("{server} did not start: {reason}")]
    NotStarted {
        /// `PostgreSQL` or `NATS`.
        server: &'static str,
        /// The end of its log, or what was waited for.
        reason: String,
    },
    /// Somebody else answers on the port meant for our server.
    #[error("{server}: port {port} on 127.0.0.1 is taken by another process")]
    PortTaken {
        /// `PostgreSQL` or `NATS`.
        server: &'static str,
        /// The port.
        port: u16,
    },
    /// A server did not end in time, even when forced.
    #[error("{server} (pid {pid}) did not stop within {seconds} s")]
    NotStopped {
        /// `PostgreSQL` or `NATS`.
        server: &'static str,
        /// Its process.
        pid: u32,
        /// How long was waited.
        seconds: u64,
    },
    /// PostgreSQL refuses to run as root and no way around was found.
    #[error("PostgreSQL cannot run as root here: {0}; run edina as an ordinary user")]
    Root(String),
    /// The data folder and the servers do not fit together.
    #[error("{}: {reason}", path.display())]
    Data {
        /// File or folder concerned.
        path: PathBuf,
        /// What is wrong and what would help.
        reason: String,
    },
    /// The operating system refused a file or process operation.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done, with the path.
        doing: String,
        /// The refusal.
        source: io::Error,
    },
}

/// Adds "what and where" to a bare I/O error.
pub(crate) trait Doing<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, StackError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, StackError> {
        self.map_err(|source| StackError::Io {
            doing: format!("{what} {}", path.display()),
            source,
        })
    }
}
