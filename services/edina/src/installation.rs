//! Where the settings of a system are: five files of a folder, those a local run wrote, or the environment alone.

use std::path::{Path, PathBuf};

use clap::Args;
use edina_runtime::{
    config::{self, ConfigError},
    service::Service,
};
use serde::Serialize;

/// Folder inside a data folder with the settings the local run started its services with.
pub(crate) const SETTINGS: &str = "settings";

/// Which system is meant.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// Folder with the five services' settings, <service>.toml; the environment counts over it as for the services
    #[arg(long, global = true, env = "EDINA_CONFIG_DIR")]
    pub(crate) config_dir: Option<PathBuf>,
    /// Data folder of a local run
    #[arg(long, global = true, default_value = ".edina")]
    pub(crate) data_dir: PathBuf,
}

/// A system to be looked at or set up.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// Holds `<service>.toml` for each service; none when all comes from the environment.
    pub(crate) folder: Option<PathBuf>,
    /// Data folder, when it is a local run.
    pub(crate) data_dir: Option<PathBuf>,
}

impl Where {
    /// The system meant: the folder named, else the local run, else the one the environment describes.
    pub(crate) fn installation(&self) -> anyhow::Result<Installation> {
        if let Some(folder) = &self.config_dir {
            anyhow::ensure!(folder.is_dir(), "{} is no folder", folder.display());
            return Ok(Installation {
                folder: Some(folder.clone()),
                data_dir: None,
            });
        }
        let settings = self.data_dir.join(SETTINGS);
        if settings.is_dir() {
            return Ok(Installation {
                folder: Some(settings),
                data_dir: Some(self.data_dir.clone()),
            });
        }
        let described = ["GATEWAY_CONFIG", "GATEWAY_DATABASE_URL"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
        anyhow::ensure!(
            described,
            "there is no system here: no local run in {}, and no GATEWAY_CONFIG. \
             Start `edina up`, or name the folder of the services' settings with --config-dir",
            self.data_dir.display()
        );
        Ok(Installation {
            folder: None,
            data_dir: None,
        })
    }
}

impl Installation {
    /// Whether it is `edina up` on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.data_dir.is_some()
    }

    /// The settings file of a service, whether it is there or not.
    pub(crate) fn file(&self, service: &str) -> Option<PathBuf> {
        match &self.folder {
            Some(folder) => Some(folder.join(format!("{service}.toml"))),
            None => std::env::var_os(format!("{}_CONFIG", service.replace('-', "_").to_uppercase()))
                .map(PathBuf::from),
        }
    }

    /// The settings as the service itself would read them.
    pub(crate) fn load<S: Service>(&self) -> Result<S::Config, ConfigError> {
        config::load(S::NAME, self.given(S::NAME).as_deref())
    }

    /// What stands in them and is read by nobody.
    pub(crate) fn unread<S: Service>(&self) -> Vec<String> {
        config::unread::<S::Config>(S::NAME, self.given(S::NAME).as_deref())
    }

    fn given(&self, service: &str) -> Option<PathBuf> {
        self.folder.as_ref()?;
        self.file(service).filter(|path| path.exists())
    }
}

/// Writes a service's settings below a data folder, for its owner's eyes only.
pub(crate) fn write<T: Serialize>(data_dir: &Path, service: &str, settings: &T) -> anyhow::Result<()> {
    let folder = data_dir.join(SETTINGS);
    std::fs::create_dir_all(&folder)?;
    crate::instance::write(&folder, &format!("{service}.toml"), settings)
}
