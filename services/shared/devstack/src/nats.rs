//! One private NATS with JetStream, known by a name that only we gave it.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::attempt::Attempt;
use crate::error::{Doing, StackError};
use crate::folder::{open_log, read_log_from};
use crate::process::{self, ServerProcess, StopSignals};
use crate::secret;
use crate::source::Programs;

pub(crate) const NAME: &str = "NATS";
const SIGNALS: StopSignals = StopSignals {
    gentle: Signal::TERM,
    forced: Signal::KILL,
};
const READY: Duration = Duration::from_secs(60);
const GREETING: Duration = Duration::from_secs(2);
const GREETING_BYTES: u64 = 64 * 1024;
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(crate) struct Nats {
    pub(crate) programs: Programs,
    pub(crate) token: String,
    server_name: String,
    folder: PathBuf,
    log: PathBuf,
}

impl Nats {
    /// Stops what an earlier run left and readies the folder.
    pub(crate) async fn prepare(stack: &Path, programs: Programs) -> Result<Self, StackError> {
        let folder = stack.join("nats");
        fs::create_dir_all(&folder).doing("create", &folder)?;
        let token = secret::kept_in(&stack.join("nats.token"))?;
        let server_name = format!("edina-{}", secret::random_hex());
        let this = Self {
            programs,
            token,
            server_name,
            folder,
            log: stack.join("log/nats.log"),
        };
        let pid_file = this.pid_file();
        if let Some(pid) = fs::read_to_string(&pid_file)
            .ok()
            .and_then(|text| text.trim().parse().ok())
        {
            process::stop_orphan(NAME, pid, "nats-server", &this.config_file(), SIGNALS).await?;
        }
        if pid_file.exists() {
            fs::remove_file(&pid_file).doing("remove", &pid_file)?;
        }
        Ok(this)
    }

    fn config_file(&self) -> PathBuf {
        self.folder.join("nats.conf")
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("nats.pid")
    }

    /// One start on `port`. The token is in a private file, never on the command line.
    pub(crate) async fn start(&self, port: u16) -> Result<Attempt, StackError> {
        let config = format!(
            "server_name: {name}\nlisten: \"127.0.0.1:{port}\"\npid_file: {pid}\njetstream {{ store_dir: {store} }}\nauthorization {{ token: {token} }}\n",
            name = quoted(&self.server_name),
            pid = quoted(&self.pid_file().to_string_lossy()),
            store = quoted(&self.folder.join("store").to_string_lossy()),
            token = quoted(&self.token),
        );
        let config_file = self.config_file();
        secret::write_private(&config_file, &config)?;
        let (log, from) = open_log(&self.log)?;
        let errors = log.try_clone().doing("open", &self.log)?;
        let program = self.programs.path("nats-server");
        let mut command = Command::new(&program);
        command
            .arg("-c")
            .arg(&config_file)
            .current_dir(&self.folder)
            .stdout(log)
            .stderr(errors);
        let process = ServerProcess::spawn(NAME, command, SIGNALS).doing("start", &program)?;
        let deadline = Instant::now() + READY;
        loop {
            if process.ended().is_some() {
                let text = read_log_from(&self.log, from);
                if text.contains("address already in use") {
                    return Ok(Attempt::PortTaken);
                }
                return Err(StackError::NotStarted {
                    server: NAME,
                    reason: process::tail(&text).to_owned(),
                });
            }
            match greeting(port).await {
                Some(info) if info.server_name == self.server_name && info.jetstream => {
                    return Ok(Attempt::Running(process));
                }
                Some(info) if info.server_name != self.server_name => {
                    process.stop().await?;
                    return Ok(Attempt::PortTaken);
                }
                _ => {}
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
}

/// The part of a NATS server's first line that tells who it is.
#[derive(Debug, Deserialize)]
struct Info {
    #[serde(default)]
    server_name: String,
    #[serde(default)]
    jetstream: bool,
}

/// What the server on this loopback port says first. `None` when nobody answers; a stranger that is not
/// NATS at all has an empty name.
async fn greeting(port: u16) -> Option<Info> {
    let read = async {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
        let mut line = String::new();
        BufReader::new(stream.take(GREETING_BYTES))
            .read_line(&mut line)
            .await
            .ok()?;
        Some(parse_greeting(&line))
    };
    timeout(GREETING, read).await.ok().flatten()
}

fn parse_greeting(line: &str) -> Info {
    let stranger = Info {
        server_name: String::new(),
        jetstream: false,
    };
    line.trim()
        .strip_prefix("INFO ")
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or(stranger)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_tells_our_server_from_a_stranger() {
        let ours = parse_greeting(
            "INFO {\"server_id\":\"N\",\"server_name\":\"edina-1\",\"jetstream\":true,\"port\":1}\r\n",
        );
        assert_eq!((ours.server_name.as_str(), ours.jetstream), ("edina-1", true));
        assert_eq!(parse_greeting("220 mail ready\r\n").server_name, "");
        assert_eq!(parse_greeting("INFO {broken").server_name, "");
    }

    #[test]
    fn paths_with_quotes_cannot_break_out_of_the_configuration() {
        assert_eq!(quoted("/a \"b\"\\c"), "\"/a \\\"b\\\"\\\\c\"");
    }
}
