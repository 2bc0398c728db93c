//! Looks for installed servers in `PATH` and the usual folders.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Origin, Programs, Version, Wanted};
use crate::process;

const ANSWER: Duration = Duration::from_secs(10);

impl Wanted {
    /// The best installed server: the first from `PATH` that is new enough, else the newest of the usual
    /// folders.
    pub(super) async fn look_around(&self, attempts: &mut Vec<String>) -> Option<Programs> {
        let mut seen = Vec::new();
        let mut best: Option<Programs> = None;
        let path = env::var_os("PATH").unwrap_or_default();
        for folder in env::split_paths(&path).filter(|folder| folder.is_absolute()) {
            if let Some(programs) = self.look_once(&folder, &mut seen, attempts).await {
                return Some(programs);
            }
        }
        for pattern in self.usual {
            for folder in folders(pattern) {
                if let Some(programs) = self.look_once(&folder, &mut seen, attempts).await {
                    best = newer(best, programs);
                }
            }
        }
        if best.is_none() {
            attempts.push(format!(
                "{} was not found in PATH or {}",
                self.programs[0],
                self.usual.join(", ")
            ));
        }
        best
    }

    async fn look_once(
        &self,
        folder: &Path,
        seen: &mut Vec<PathBuf>,
        attempts: &mut Vec<String>,
    ) -> Option<Programs> {
        let folder = folder.canonicalize().ok()?;
        if seen.contains(&folder) || !is_program(&folder.join(self.programs[0])) {
            return None;
        }
        seen.push(folder.clone());
        self.look_into(&folder, attempts).await
    }

    /// The server in one folder, or the reason why it cannot be used.
    pub(super) async fn look_into(&self, folder: &Path, attempts: &mut Vec<String>) -> Option<Programs> {
        // `/usr/bin/postgres` may be a link into the folder that also holds initdb.
        let first = folder.join(self.programs[0]);
        let folder = first
            .canonicalize()
            .ok()
            .and_then(|path| path.parent().map(Path::to_path_buf));
        let folder = folder.unwrap_or_else(|| first.parent().map(Path::to_path_buf).unwrap_or_default());
        if let Some(missing) = self
            .programs
            .iter()
            .find(|program| !is_program(&folder.join(program)))
        {
            attempts.push(format!("{}: no program `{missing}`", folder.display()));
            return None;
        }
        let mut command = Command::new(folder.join(self.programs[0]));
        command.arg("--version");
        let answer = match process::run(command, ANSWER).await {
            Ok(answer) => answer,
            Err(error) => {
                attempts.push(error.to_string());
                return None;
            }
        };
        let Some(version) = Version::find(&answer) else {
            attempts.push(format!(
                "{}: `--version` answers `{}`",
                folder.display(),
                answer.trim()
            ));
            return None;
        };
        if version < self.oldest {
            attempts.push(format!(
                "{}: version {version}, needed is {} or newer",
                folder.display(),
                self.oldest
            ));
            return None;
        }
        if let Some(major) = self.major.filter(|major| *major != version.major) {
            attempts.push(format!(
                "{}: version {version}, but the existing data is of version {major}",
                folder.display()
            ));
            return None;
        }
        Some(Programs {
            origin: Origin::Found(folder.clone()),
            folder,
            version,
        })
    }
}

fn newer(best: Option<Programs>, other: Programs) -> Option<Programs> {
    Some(match best {
        Some(best) if best.version >= other.version => best,
        _ => other,
    })
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Existing folders that match a pattern with at most one `*`, which stays within one level.
fn folders(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| {
            let rest = after.trim_start_matches('/');
            if rest.is_empty() {
                entry.path()
            } else {
                entry.path().join(rest)
            }
        })
        .filter(|path| path.is_dir())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServerSource;

    fn pretend(folder: &Path, program: &str, answer: &str) {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(program);
        fs::write(&path, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn patterns_stay_within_one_level() {
        let root = tempfile::tempdir().unwrap();
        for name in ["15/bin", "16/bin", "note/other"] {
            fs::create_dir_all(root.path().join(name)).unwrap();
        }
        let mut found = folders(&format!("{}/*/bin", root.path().display()));
        found.sort();
        assert_eq!(found, [root.path().join("15/bin"), root.path().join("16/bin")]);
    }

    #[tokio::test]
    async fn an_old_server_is_refused_with_its_version() {
        let folder = tempfile::tempdir().unwrap();
        pretend(folder.path(), "postgres", "postgres (PostgreSQL) 13.4");
        pretend(folder.path(), "initdb", "");
        let source = ServerSource::Folder(folder.path().to_path_buf());
        let error = super::super::postgres(None)
            .resolve(&source, folder.path())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("13.4") && error.contains("15.0"), "{error}");
    }
}
