//! `edina up`: servers, schemas and all services in one process, for one machine.

mod first_start;
mod services;
mod settings;

use std::{io::Write as _, net::SocketAddr, path::Path, time::Duration};

use anyhow::Context as _;
use edina_devstack::{DevStack, Server, StackConfig};
use edina_postgres::Database;
use edina_runtime::{clock, group::GroupId, stop::Stop};

use crate::{
    cli, demo,
    instance::{self, Runtime},
    migrate,
};

/// The one dealership group of a local run.
const GROUP: &str = "main";
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// Prints a line for the user.
pub(crate) fn say(line: &str) {
    // A closed pipe is the reader's wish.
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).ok();
}

pub(crate) async fn run(arguments: cli::Up) -> anyhow::Result<()> {
    std::fs::create_dir_all(&arguments.data_dir)
        .with_context(|| format!("data folder {}", arguments.data_dir.display()))?;
    let data_dir = std::fs::canonicalize(&arguments.data_dir)?;
    say(&format!("data: {}", data_dir.display()));
    let telemetry = edina_telemetry::init("edina", arguments.otlp.as_deref(), None)?;
    let stop = Stop::new();
    // First of all, since it is the likeliest thing to fail and nothing is running yet.
    let http = services::pick(arguments.http).await?;
    let signals = stop.clone();
    tokio::spawn(async move { signals.on_signal().await });

    let stack = tokio::select! {
        stack = DevStack::start(StackConfig::new(&data_dir)) => stack?,
        () = stop.requested() => return Ok(()),
    };
    say(&format!("postgresql: {}", stack.postgres_version()));
    say(&format!("nats: {}", stack.nats_version()));
    let outcome = serve(&arguments, http, &data_dir, &stack, &stop).await;
    stop.drain(STOP_DEADLINE).await;
    stack.stop().await?;
    telemetry.shutdown();
    outcome
}

async fn serve(
    arguments: &cli::Up,
    http: SocketAddr,
    data_dir: &Path,
    stack: &DevStack,
    stop: &Stop,
) -> anyhow::Result<()> {
    let group: GroupId = GROUP.parse()?;
    let urls = migrate::all(&stack.postgres_url("postgres")).await?;
    say("schemas: current");

    let mut runtime: Runtime = instance::read(data_dir, instance::RUNTIME)?;
    if runtime.caller_key.is_empty() {
        runtime.caller_key = instance::secret();
    }
    runtime.nats_url = stack.nats_url();
    secrecy::ExposeSecret::expose_secret(&urls.gateway).clone_into(&mut runtime.gateway_database_url);

    let pbx = demo::Pbx::start(arguments, stop).await?;
    let running = services::start(arguments, http, &group, &urls, &mut runtime, pbx.url(), stop).await?;
    instance::write(data_dir, instance::RUNTIME, &runtime)?;
    for (name, address) in &runtime.http {
        say(&format!(
            "{name}: grpc {} · http {address}",
            runtime.grpc.get(name).map_or("-", String::as_str)
        ));
    }

    let database = Database::connect_lazy(&urls.gateway, 3, "edina up")?;
    let credentials = first_start::ensure(arguments, data_dir, &group, &database, &running).await?;
    say(&format!(
        "credentials: {}",
        data_dir.join(instance::CREDENTIALS).display()
    ));

    if arguments.demo {
        let stage = demo::Stage {
            group: &group,
            database: &database,
            data_dir,
            credentials: &credentials,
            runtime: &runtime,
        };
        demo::start(stage, pbx, clock::system(), stop).await?;
    }
    say(&format!("console: {}", runtime.console));
    tokio::select! {
        () = stop.requested() => Ok(()),
        server = stack.server_ended() => {
            let name = match server {
                Server::Postgres => "postgresql",
                Server::Nats => "nats",
            };
            let log = data_dir.display();
            anyhow::bail!("{name} ended by itself; its log is under {log}. The data is kept: start again")
        }
    }
}
