//! Child processes on a leash: they end with this process, however it ends.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

/// Starts the program, prints its process id, and stops it when standard input (held by us) closes.
const LEASH: &str = r#"
log=$1; shift
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
child=$!
( cat <&3 >/dev/null; kill -TERM $child; sleep 5; kill -KILL $child ) >/dev/null 2>&1 &
watch=$!
echo $child
exec >/dev/null
wait $child
code=$?
kill -KILL $watch 2>/dev/null
exit $code
"#;
const STOP_PATIENCE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(15);
/// What of a log is shown when a journey fails.
const TAIL_LINES: usize = 60;

/// A running (or ended) child with its log.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: Pid,
    shell: Child,
    log: PathBuf,
}

/// What is started: a program with arguments and environment.
#[derive(Debug, Clone)]
pub struct Program {
    name: String,
    path: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Program {
    /// A program by path, or by name on the PATH.
    pub fn new(name: &str, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            path: path.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Starts it; output goes to `FOLDER/NAME.log`, after what is there already.
    pub fn start(&self, folder: &Path) -> anyhow::Result<Process> {
        let log = folder.join(format!("{}.log", self.name));
        let mut shell = Command::new("sh")
            .arg("-c")
            .arg(LEASH)
            .arg("leash")
            .arg(&log)
            .arg(&self.path)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", self.name))?;
        let out = shell.stdout.take().context("no output of the leash")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let pid = line
            .trim()
            .parse()
            .ok()
            .and_then(Pid::from_raw)
            .with_context(|| format!("{}: no pid", self.name))?;
        Ok(Process {
            name: self.name.clone(),
            pid,
            shell,
            log,
        })
    }
}

impl Process {
    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Everything it has printed so far.
    pub fn output(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Its exit status once it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.shell.try_wait().ok().flatten()
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        self.ended().is_none()
    }

    /// Sends a signal, if it still runs.
    pub fn signal(&mut self, signal: Signal) {
        if self.runs() {
            // It may end between the look and the signal; its pid is not given away before we have waited for it.
            kill_process(self.pid, signal).ok();
        }
    }

    /// Waits for its end.
    pub fn wait(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "{} does not end within {patience:?}",
                self.name
            );
            std::thread::sleep(POLL);
        }
    }

    /// SIGKILL, as a crash would; returns when it is gone.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::KILL);
        self.wait(STOP_PATIENCE).map(drop)
    }

    /// SIGTERM and the exit code that follows; 128 + signal when a signal ended it.
    pub fn stop(&mut self) -> anyhow::Result<i32> {
        self.signal(Signal::TERM);
        let status = self.wait(STOP_PATIENCE)?;
        Ok(status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
    }

    /// The last lines of its log, under a headline.
    pub fn tail(&self) -> String {
        let text = self.output();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(TAIL_LINES);
        format!(
            "---- {} ({}) ----\n{}\n",
            self.name,
            self.log.display(),
            lines.get(from..).unwrap_or(&[]).join("\n")
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.stop().is_err() {
            drop(self.kill());
        }
    }
}
