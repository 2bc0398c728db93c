//! Files of a local run: `credentials.toml` for its user, `runtime.toml` for the other commands.

use std::{collections::BTreeMap, fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::Context as _;
use rand::{Rng as _, distr::Alphanumeric};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::cli;

/// What the user of a local run signs in and posts with. Written once and kept.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Credentials {
    /// Name of the first administrator.
    pub(crate) admin_user: String,
    /// His first password.
    pub(crate) admin_password: String,
    /// Token of an administrator for programs.
    pub(crate) api_token: String,
    /// One key per intake source.
    pub(crate) intake_sources: BTreeMap<String, String>,
    /// First passwords of the demonstration's people, by login.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) demo_accounts: BTreeMap<String, String>,
}

/// How other commands reach the running system.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Runtime {
    /// Console address.
    pub(crate) console: String,
    /// NATS URL with its token.
    pub(crate) nats_url: String,
    /// The gateway's database.
    pub(crate) gateway_database_url: String,
    /// gRPC address per service.
    pub(crate) grpc: BTreeMap<String, String>,
    /// HTTP address per service.
    pub(crate) http: BTreeMap<String, String>,
    /// Signs calls between services; kept from one start to the next.
    pub(crate) caller_key: String,
}

pub(crate) const CREDENTIALS: &str = "credentials.toml";
pub(crate) const RUNTIME: &str = "runtime.toml";

/// A fresh secret of 192 bits or more.
pub(crate) fn secret() -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(40)
        .map(char::from)
        .collect()
}

/// A fresh password that can still be typed, of 95 bits.
pub(crate) fn password() -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(16)
        .map(char::from)
        .collect()
}

/// Reads a file of the data folder; the default when there is none.
pub(crate) fn read<T: DeserializeOwned + Default>(folder: &Path, name: &str) -> anyhow::Result<T> {
    let path = folder.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("{} cannot be read", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Writes a file of the data folder, for its owner's eyes only, whole or not at all.
pub(crate) fn write<T: Serialize>(folder: &Path, name: &str, value: &T) -> anyhow::Result<()> {
    let path = folder.join(name);
    let part = folder.join(format!("{name}.part"));
    // Left over from a crash, perhaps with another mode.
    if let Err(error) = fs::remove_file(&part)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error).with_context(|| part.display().to_string());
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .with_context(|| part.display().to_string())?;
    file.write_all(toml::to_string_pretty(value)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, &path).with_context(|| path.display().to_string())
}

impl cli::Instance {
    /// The NATS URL given, or the local run's.
    pub(crate) fn nats(&self) -> anyhow::Result<SecretString> {
        if let Some(url) = &self.nats_url {
            return Ok(url.clone().into());
        }
        let runtime: Runtime = read(&self.data_dir, RUNTIME)?;
        anyhow::ensure!(
            !runtime.nats_url.is_empty(),
            "no system runs from {}: start `edina up`, or name the server with --nats-url",
            self.data_dir.display()
        );
        Ok(runtime.nats_url.into())
    }
}
