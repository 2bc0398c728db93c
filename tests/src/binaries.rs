//! The programs under test: built once per run with the profile of the running test.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::Context as _;

/// The folder of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// `target/debug` or whichever folder the running test was built into.
pub fn folder() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test
        .parent()
        .and_then(Path::parent)
        .context("the test does not lie in target/PROFILE/deps")?;
    Ok(folder.to_path_buf())
}

/// A folder below `target/` for what the harness keeps between runs.
pub fn cache() -> anyhow::Result<PathBuf> {
    let folder = folder()?;
    Ok(folder.parent().unwrap_or(&folder).join("e2e"))
}

/// A program of this workspace, built and current. Call it from a blocking context.
///
/// `EDINA_TEST_BUILD=skip` takes what lies in the target folder as it is.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    BUILT
        .get_or_init(|| build().map_err(|error| format!("{error:#}")))
        .clone()
        .map_err(anyhow::Error::msg)?;
    let path = folder()?.join(name);
    anyhow::ensure!(path.is_file(), "{} was not built", path.display());
    Ok(path)
}

fn build() -> anyhow::Result<()> {
    if std::env::var("EDINA_TEST_BUILD").is_ok_and(|word| word == "skip") {
        return Ok(());
    }
    let folder = folder()?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // The whole workspace, so that features are the same as in `cargo test --workspace` and nothing is built twice.
    let output = Command::new(cargo)
        .args(["build", "--workspace", "--bins", "--locked", "--profile", profile])
        .current_dir(repository())
        .stdin(Stdio::null())
        .output()
        .context("cargo cannot be started")?;
    anyhow::ensure!(
        output.status.success(),
        "building the programs: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
