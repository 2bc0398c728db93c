//! Where a run's servers keep their data and its services their logs.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// The folder of a run.
#[derive(Debug)]
pub(super) enum Folder {
    /// Goes when the run ends.
    Fresh(tempfile::TempDir),
    /// Stays for the next run.
    Kept(PathBuf),
}

impl Folder {
    /// A new one, or this one.
    pub(super) fn choose(kept: Option<&Path>) -> anyhow::Result<Self> {
        let folder = match kept {
            None => Self::Fresh(tempfile::Builder::new().prefix("edina-bench-").tempdir()?),
            Some(path) => {
                fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
                Self::Kept(fs::canonicalize(path)?)
            }
        };
        // PostgreSQL may have to run as another user, who must be able to pass through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Fresh(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }

    /// Removes what shall not stay.
    pub(super) fn close(self) -> std::io::Result<()> {
        match self {
            Self::Fresh(folder) => folder.close(),
            Self::Kept(_) => Ok(()),
        }
    }
}
