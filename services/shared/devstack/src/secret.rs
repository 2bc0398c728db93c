//! Random secrets, kept in files that only their owner may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Doing, StackError};

const BYTES: usize = 24;

/// Random lower-case hex: safe in URLs, configuration files and file names.
pub(crate) fn random_hex() -> String {
    let bytes: [u8; BYTES] = rand::random();
    hex(&bytes)
}

/// Lower-case hex of any bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The secret kept in `path`, made up on first use.
pub(crate) fn kept_in(path: &Path) -> Result<String, StackError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let secret = text.trim();
            let sound = secret.len() == BYTES * 2 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
            sound.then(|| secret.to_owned()).ok_or_else(|| StackError::Data {
                path: path.to_path_buf(),
                reason: "does not hold the secret written there by an earlier run; restore it".to_owned(),
            })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random_hex();
            write_private(path, &secret)?;
            Ok(secret)
        }
        Err(error) => Err(error).doing("read", path),
    }
}

/// Replaces `path` by a file of mode 600, whole or not at all.
pub(crate) fn write_private(path: &Path, content: &str) -> Result<(), StackError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    if fresh.exists() {
        fs::remove_file(&fresh).doing("remove", &fresh)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .doing("create", &fresh)?;
    file.write_all(content.as_bytes()).doing("write", &fresh)?;
    file.sync_all().doing("write", &fresh)?;
    fs::rename(&fresh, path).doing("write", path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_stays_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let first = kept_in(&path).unwrap();
        assert_eq!(first, kept_in(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_secret_is_not_silently_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "short").unwrap();
        assert!(kept_in(&path).is_err());
    }
}
