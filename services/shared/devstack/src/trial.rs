//! How every test program begins: a runtime for all its tests, and servers in a folder of this process.

use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use crate::{DevStack, StackConfig, StackError};

/// One runtime for all tests of a program: servers and connections of the first test serve the others, too.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Servers in a folder of their own below `base` (`CARGO_TARGET_TMPDIR`), named after `name` and this process. Folders
/// that dead processes of the same name left are removed.
///
/// # Errors
/// As [`DevStack::start`].
pub async fn start(base: &Path, name: &str) -> Result<DevStack, StackError> {
    DevStack::start(StackConfig::new(folder(base, name))).await
}

fn folder(base: &Path, name: &str) -> PathBuf {
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let found = entry.file_name().to_string_lossy().into_owned();
        let of = found.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        let pid = of.and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            // Another test process may be clearing the same leftover.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    base.join(format!("{name}-{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_dead_processes_of_the_same_name_go_and_others_stay() {
        let base = tempfile::tempdir().unwrap();
        // No process has the greatest number.
        let dead = base.path().join(format!("world-{}", u32::MAX));
        let others = base.path().join(format!("world-of-others-{}", u32::MAX));
        let living = base.path().join(format!("world-{}", std::process::id()));
        for folder in [&dead, &others, &living] {
            std::fs::create_dir(folder).unwrap();
        }
        assert_eq!(folder(base.path(), "world"), living);
        assert!(!dead.exists() && others.exists() && living.exists());
    }
}
