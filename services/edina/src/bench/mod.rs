//! `edina bench`: what the product costs per operation, beside what the servers alone cost in the same run.
//!
//! Every scenario brings up a [`ground`] of its own: fresh PostgreSQL and NATS with durable settings, the five
//! [`service`]s as processes, so that [`meter`] tells them apart. The load comes from this process and is not counted.
//! [`figures`] are what is found, [`report`] shows it. CPU milliseconds per operation is the figure that holds on a
//! machine that has other things to do; latencies are of this machine at this moment.

mod cards;
mod figures;
mod floor;
mod folder;
mod ground;
mod identity;
mod import;
mod intake;
mod lead;
mod load;
mod lookup;
mod meter;
mod pop;
mod report;
pub(crate) mod serve;
mod service;
mod settle;
mod statements;

use std::time::Duration;

use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    cli::{self, Measured},
    up::say,
};
use figures::Findings;

/// What was asked for.
#[derive(Debug, Clone)]
struct Plan {
    /// How long each stage is under load.
    during: Duration,
    concurrency: u16,
    seed: u64,
    /// Whether PostgreSQL counts statements.
    statements: bool,
}

/// What is printed with `--json`.
#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    optimised: bool,
    cores: usize,
    seed: u64,
    scenarios: Vec<Findings>,
}

pub(crate) async fn run(arguments: cli::Bench) -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = measure(arguments) => outcome,
        // What was started ends with the dropped scenario, and its folder goes.
        _ = terminated.recv() => anyhow::bail!("stopped before the end"),
        _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped before the end"),
    }
}

async fn measure(arguments: cli::Bench) -> anyhow::Result<()> {
    if arguments.what == Measured::Identity {
        return tokio::task::block_in_place(|| identity::run(&arguments));
    }
    let plan = Plan {
        during: Duration::from_secs(arguments.seconds),
        concurrency: arguments.concurrency,
        seed: arguments.seed,
        statements: arguments.statements,
    };
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        optimised: !cfg!(debug_assertions),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        seed: arguments.seed,
        scenarios: Vec::new(),
    };
    if !arguments.json {
        let built = if report.optimised {
            ""
        } else {
            ", NOT OPTIMISED: build with --release"
        };
        say(&format!(
            "edina {} on {} cores, seed {}{built}",
            report.version, report.cores, report.seed
        ));
    }
    let wants = |what| arguments.what == what || arguments.what == Measured::All;
    let mut take = |findings: Findings| {
        if !arguments.json {
            report::print(&findings);
        }
        report.scenarios.push(findings);
    };
    if wants(Measured::Intake) {
        take(intake::run(&plan).await?);
    }
    let asked = lookup::Asked {
        lookup: wants(Measured::Lookup),
        search: wants(Measured::Search),
        resolve: wants(Measured::Resolve),
        data_dir: arguments.data_dir.as_deref(),
        quiet: arguments.json,
    };
    if asked.lookup || asked.search || asked.resolve {
        for &size in &arguments.cards {
            lookup::run(&plan, size, &asked)
                .await?
                .into_iter()
                .for_each(&mut take);
        }
    }
    if arguments.what == Measured::Import {
        take(import::run(&plan, usize::try_from(arguments.records)?, arguments.hard).await?);
    }
    if wants(Measured::Pop) {
        take(pop::run(&plan, arguments.calls).await?);
    }
    if arguments.json {
        say(&serde_json::to_string_pretty(&report)?);
    }
    Ok(())
}
