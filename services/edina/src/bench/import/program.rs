//! `edina import` as a process, and what everything takes while it runs.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::files::Written;
use crate::{
    bench::{
        ground::Ground,
        meter::{self, Cpu, Watched},
        service,
    },
    demo::group::BRANCHES,
};

/// How often memory is looked at: counting the pages that dozens of servers share took 4 % of the machine every five seconds.
const LOOK: Duration = Duration::from_secs(30);
/// What the program answers when some rows were left out.
const SOME_REJECTED: i32 = 3;

pub(super) struct Done {
    pub(super) took: Duration,
    /// CPU of the servers, the services and the program.
    pub(super) cpu: Cpu,
    /// Most memory of all of them together, megabytes.
    pub(super) largest: f64,
}

pub(super) async fn import(ground: &Ground, file: &Written) -> anyhow::Result<Done> {
    let branch = BRANCHES.first().map(|branch| branch.id()).unwrap_or_default();
    let log = file.path.with_extension("log");
    let (before, own, started) = (ground.cpu()?, meter::own()?, Instant::now());
    let mut child = tokio::process::Command::new(std::env::current_exe()?)
        .arg("import")
        .arg(&file.path)
        .args(["--kind", file.kind, "--branch", &branch, "--config-dir"])
        .arg(ground.folder())
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&log)?)
        .stderr(std::fs::File::options().append(true).open(&log)?)
        .kill_on_drop(true)
        .spawn()
        .context("edina import cannot be started")?;
    let mut watched = ground.watched()?;
    watched.extend(child.id().map(|pid| Watched { name: "import", pid }));
    let together = || {
        anyhow::Ok(
            meter::resident(&watched)?
                .iter()
                .map(|(_, of)| of.share)
                .sum::<f64>(),
        )
    };
    let mut largest = 0.0_f64;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            () = tokio::time::sleep(LOOK) => largest = largest.max(together()?),
        }
    };
    let took = started.elapsed();
    largest = largest.max(together()?);
    anyhow::ensure!(
        matches!(status.code(), Some(0 | SOME_REJECTED)),
        "the import ended with {status}:\n{}",
        service::tail(&log)
    );
    let mut cpu = ground.cpu()?.since(&before);
    // A child that ended counts as this process's own.
    cpu.0.insert("import", meter::own()? - own);
    Ok(Done { took, cpu, largest })
}
