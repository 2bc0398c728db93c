//! What the tests ask of a running stack, and a child process that runs one.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use edina_devstack::{DevStack, ServerSource, StackConfig};
use serde::Deserialize;
use sqlx::{Connection, PgConnection};

pub const PATIENCE: Duration = Duration::from_secs(60);

/// One cache for the whole run, so that each package is downloaded once.
pub fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("edina-cache")
}

pub fn config(data_dir: &Path) -> StackConfig {
    StackConfig {
        cache_dir: Some(cache()),
        ..StackConfig::new(data_dir)
    }
}

pub fn fetched(data_dir: &Path) -> StackConfig {
    let source = ServerSource::FetchedOnly;
    StackConfig {
        postgres: source.clone(),
        nats: source,
        ..config(data_dir)
    }
}

/// Whether a process exists and is more than a zombie.
pub fn lives(pid: u32) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// Polls until `condition` holds; fails the test with `what` after a minute.
pub fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "{what} did not happen within {PATIENCE:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub async fn setting(postgres_url: &str, name: &str) -> String {
    let mut connection = PgConnection::connect(postgres_url).await.unwrap();
    sqlx::query_scalar("select current_setting($1)")
        .bind(name)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

pub async fn execute(postgres_url: &str, statement: &'static str) {
    let mut connection = PgConnection::connect(postgres_url).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
}

pub async fn count(postgres_url: &str, query: &'static str) -> i64 {
    let mut connection = PgConnection::connect(postgres_url).await.unwrap();
    sqlx::query_scalar(query)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// Connects with the token of the URL, which the client library does not read by itself.
pub async fn nats(url: &str) -> async_nats::Client {
    let (token, address) = url.strip_prefix("nats://").unwrap().split_once('@').unwrap();
    async_nats::ConnectOptions::with_token(token.to_owned())
        .connect(address)
        .await
        .unwrap()
}

/// Both servers answer, and the database is the one in the stack's folder.
pub async fn assert_serves(stack: &DevStack) {
    let url = stack.postgres_url("postgres");
    let folder = setting(&url, "data_directory").await;
    assert_eq!(Path::new(&folder), stack.data_dir().join("postgres"));
    assert_eq!(setting(&url, "fsync").await, "on");
    let client = nats(&stack.nats_url()).await;
    let account = async_nats::jetstream::new(client).query_account().await.unwrap();
    assert_eq!(account.streams, 0);
}

/// What the program prints once its servers are ready.
#[derive(Debug, Deserialize)]
pub struct Ready {
    pub postgres_url: String,
    pub postgres_pid: u32,
    pub nats_pid: u32,
    pub postgres: String,
    pub nats: String,
}

/// The program `edina-devstack` as a child process.
pub struct Program {
    pub child: Child,
    pub ready: Ready,
}

pub fn program(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edina-devstack"));
    command
        .arg("--data-dir")
        .arg(data_dir)
        .arg("--cache-dir")
        .arg(cache());
    command
}

impl Program {
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"));
        Self { child, ready }
    }
}
