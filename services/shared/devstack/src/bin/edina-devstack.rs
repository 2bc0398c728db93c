//! Runs a private PostgreSQL and NATS for scripts and tests.
//!
//! Prints one line of JSON (`postgres_url`, `nats_url`, pids, versions) on standard output once both are
//! ready, then runs until standard input closes or SIGINT or SIGTERM arrives.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use edina_devstack::{DevStack, ServerSource, StackConfig, StackError};
use tokio::signal::unix::{SignalKind, signal};

/// Run a private PostgreSQL and NATS until standard input closes.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folder for databases, streams, logs and secrets; made when missing.
    #[arg(long)]
    data_dir: PathBuf,
    /// Folder for fetched server packages.
    #[arg(long)]
    cache_dir: Option<PathBuf>,
    /// Do not end when standard input closes, only on a signal.
    #[arg(long)]
    no_stdin: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("edina-devstack: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), StackError> {
    let io = |doing: &str| {
        let doing = doing.to_owned();
        move |source| StackError::Io { doing, source }
    };
    // Registered before anything starts: a signal during start-up must not leave servers behind.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(io("listen for SIGINT"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(io("listen for SIGTERM"))?;
    let config = StackConfig {
        data_dir: arguments.data_dir,
        cache_dir: arguments.cache_dir,
        postgres: ServerSource::Auto,
        nats: ServerSource::Auto,
    };
    let stack = tokio::select! {
        stack = DevStack::start(config) => stack?,
        _ = interrupt.recv() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    let line = serde_json::json!({
        "postgres_url": stack.postgres_url("postgres"),
        "nats_url": stack.nats_url(),
        "postgres_pid": stack.postgres_pid(),
        "nats_pid": stack.nats_pid(),
        "postgres": format!("{} ({})", stack.postgres_version(), stack.postgres_origin()),
        "nats": format!("{} ({})", stack.nats_version(), stack.nats_origin()),
        "data_dir": stack.data_dir(),
    });
    let mut out = std::io::stdout();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(io("write to standard output"))?;

    tokio::select! {
        () = input_closed(), if !arguments.no_stdin => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        server = stack.server_ended() => eprintln!("edina-devstack: {server:?} ended unexpectedly; see its log"),
    }
    stack.stop().await
}

/// Ends with standard input. A plain thread reads it, since a pending read would hold up the runtime's end.
async fn input_closed() {
    let (closed, wait) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let copied = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop((copied, closed));
    });
    // The sender is dropped, never used: an error is the signal.
    drop(wait.await);
}
