//! Server processes that cannot outlive this one.
//!
//! Each server gets a guard: a small shell that reads from a pipe whose other end only we hold. When we
//! end, however that happens, the kernel closes our end, the guard wakes and stops its server. Server and
//! guard have process groups of their own, so that Ctrl-C at the terminal reaches us alone and the
//! services can drain before the servers go.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::error::StackError;

/// `$1` server pid, `$2` gentle signal, `$3` forcing signal. A line on stdin means: stand down.
const GUARD: &str = r#"trap '' INT TERM HUP
read -r word && exit 0
kill -"$2" "$1" 2>/dev/null || exit 0
n=0
while kill -0 "$1" 2>/dev/null; do
  n=$((n+1))
  if [ "$n" -eq 20 ]; then kill -"$3" "$1" 2>/dev/null; fi
  if [ "$n" -ge 40 ]; then exit 1; fi
  sleep 1
done"#;

const GENTLE: Duration = Duration::from_secs(20);
const FORCED: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// How a kind of server wants to be stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StopSignals {
    pub(crate) gentle: Signal,
    pub(crate) forced: Signal,
}

/// A running server on its leash. Dropping it stops the server without waiting.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    server: &'static str,
    pid: u32,
    signals: StopSignals,
    exit: watch::Receiver<Option<ExitStatus>>,
    leash: Arc<Mutex<Option<ChildStdin>>>,
}

impl ServerProcess {
    /// Starts `command` and its guard. Standard input is closed; output goes where the command says.
    pub(crate) fn spawn(
        server: &'static str,
        mut command: Command,
        signals: StopSignals,
    ) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        let pid = child.id();
        let guard = Command::new("/bin/sh")
            .args(["-c", GUARD, "edina-guard"])
            .args([
                pid.to_string(),
                signal_name(signals.gentle).to_owned(),
                signal_name(signals.forced).to_owned(),
            ])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let mut guard = match guard {
            Ok(guard) => guard,
            Err(error) => {
                // Without a guard the server could be left behind: better none at all.
                child.kill()?;
                child.wait()?;
                return Err(error);
            }
        };
        let leash = Arc::new(Mutex::new(guard.stdin.take()));
        let (tell_exit, exit) = watch::channel(None);
        let watched = Arc::clone(&leash);
        // A plain thread, because a stack may be shared by several runtimes, as tests do.
        thread::Builder::new()
            .name(format!("wait-{pid}"))
            .spawn(move || {
                let status = child.wait().ok();
                if let Some(mut pipe) = watched.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    // The pid may be given to a stranger from now on: the guard must not signal it.
                    drop(pipe.write_all(b"done\n"));
                }
                tell_exit.send_replace(status);
                drop(guard.wait());
            })?;
        Ok(Self {
            server,
            pid,
            signals,
            exit,
            leash,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// The status once the process has ended.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        *self.exit.borrow()
    }

    /// A receiver that turns to `Some` when the process ends.
    pub(crate) fn exit(&self) -> watch::Receiver<Option<ExitStatus>> {
        self.exit.clone()
    }

    /// Asks the server to end, forces it after 20 s, and waits until it is gone.
    pub(crate) async fn stop(&self) -> Result<(), StackError> {
        for (signal, patience) in [(self.signals.gentle, GENTLE), (self.signals.forced, FORCED)] {
            if self.signal_and_wait(signal, patience).await {
                return Ok(());
            }
            tracing::warn!(
                server = self.server,
                pid = self.pid,
                ?signal,
                "server is slow to stop"
            );
        }
        Err(StackError::NotStopped {
            server: self.server,
            pid: self.pid,
            seconds: (GENTLE + FORCED).as_secs(),
        })
    }

    /// Ends the server at once, as a crash would.
    pub(crate) async fn kill(&self) -> Result<(), StackError> {
        if self.signal_and_wait(Signal::KILL, FORCED).await {
            return Ok(());
        }
        Err(StackError::NotStopped {
            server: self.server,
            pid: self.pid,
            seconds: FORCED.as_secs(),
        })
    }

    async fn signal_and_wait(&self, sent: Signal, patience: Duration) -> bool {
        let mut exit = self.exit();
        if exit.borrow().is_some() {
            return true;
        }
        signal(self.pid, sent);
        // A closed channel also means that the waiting thread is through.
        timeout(patience, exit.wait_for(Option::is_some)).await.is_ok()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.leash.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::INT => "INT",
        Signal::QUIT => "QUIT",
        Signal::TERM => "TERM",
        _ => "KILL",
    }
}

fn signal(pid: u32, signal: Signal) {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return;
    };
    if let Err(error) = kill_process(pid, signal) {
        tracing::debug!(%error, ?signal, "signal was not delivered");
    }
}

/// Stops a server that an earlier run left behind. It is ours only if its command line names both the
/// program and `marker` (its data folder or configuration file); any other process with that pid is left
/// alone.
pub(crate) async fn stop_orphan(
    server: &'static str,
    pid: u32,
    program: &str,
    marker: &Path,
    signals: StopSignals,
) -> Result<(), StackError> {
    if !runs(pid, program, marker) {
        return Ok(());
    }
    tracing::warn!(
        server,
        pid,
        "a server of an earlier run is still alive; stopping it first"
    );
    for (sent, patience) in [(signals.gentle, GENTLE), (signals.forced, FORCED)] {
        signal(pid, sent);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !runs(pid, program, marker) {
                return Ok(());
            }
            sleep(POLL).await;
        }
    }
    Err(StackError::NotStopped {
        server,
        pid,
        seconds: (GENTLE + FORCED).as_secs(),
    })
}

/// Whether `pid` lives and its command line names `program` and `marker`.
pub(crate) fn runs(pid: u32, program: &str, marker: &Path) -> bool {
    let Some(line) = command_line(pid) else {
        return false;
    };
    let marker = marker.to_string_lossy();
    let mut named = false;
    let mut marked = false;
    for part in line.split(['\0', ' ', '\n']) {
        named |= Path::new(part).file_name().is_some_and(|name| name == program);
    }
    // The marker may itself contain spaces, so compare whole arguments first.
    for argument in line.split('\0') {
        marked |= argument == marker;
    }
    named && (marked || (!line.contains('\0') && line.contains(marker.as_ref())))
}

/// Arguments of a live process, separated by NUL (Linux) or spaces. Zombies have none.
fn command_line(pid: u32) -> Option<String> {
    if Path::new("/proc/self/cmdline").exists() {
        let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        return (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned());
    }
    let output = Command::new("ps")
        .args(["-o", "args=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!line.is_empty()).then_some(line)
}

/// Runs a short-lived program and returns its output; a non-zero status or the deadline is an error.
pub(crate) async fn run(command: Command, patience: Duration) -> Result<String, StackError> {
    let shown = std::iter::once(command.get_program())
        .chain(command.get_args().take(4))
        .map(|part| part.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ");
    let failed = |reason: String| StackError::Command {
        program: shown.clone(),
        reason,
    };
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::null()).kill_on_drop(true);
    match timeout(patience, command.output()).await {
        Err(_) => Err(failed(format!("no result within {} s", patience.as_secs()))),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Ok(Ok(output)) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(Ok(output)) => {
            let text = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            Err(failed(format!("{}: {}", output.status, tail(&text))))
        }
    }
}

/// The last lines of a text, at most about 1500 bytes.
pub(crate) fn tail(text: &str) -> &str {
    let text = text.trim();
    let mut start = text.len().saturating_sub(1500);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
