//! The stack's folder on disk: made privately, claimed by one process, with a log per server.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::{Doing, StackError};

const LOG_LIMIT: u64 = 16 * 1024 * 1024;
const LOG_TAIL: u64 = 64 * 1024;

/// Creates the stack's folder and its log folder; answers with the absolute path.
pub(crate) fn make(path: &Path) -> Result<PathBuf, StackError> {
    if !path.exists() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .doing("create", path)?;
    }
    let path = path.canonicalize().doing("open", path)?;
    let log = path.join("log");
    fs::create_dir_all(&log).doing("create", &log)?;
    Ok(path)
}

/// Takes the folder for this process. The kernel gives it back when the process ends, however it ends.
pub(crate) fn lock(data_dir: &Path) -> Result<File, StackError> {
    let path = data_dir.join("stack.lock");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .doing("open", &path)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).doing("write", &path)?;
            write!(file, "{}", std::process::id()).doing("write", &path)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path)
                .ok()
                .and_then(|text| text.trim().parse().ok());
            Err(StackError::InUse {
                data_dir: data_dir.to_path_buf(),
                holder,
            })
        }
        Err(TryLockError::Error(error)) => Err(error).doing("lock", &path),
    }
}

/// Opens a server's log for appending, with its present length; a large one is put aside first.
pub(crate) fn open_log(path: &Path) -> Result<(File, u64), StackError> {
    if fs::metadata(path).is_ok_and(|data| data.len() > LOG_LIMIT) {
        fs::rename(path, path.with_extension("old.log")).doing("put aside", path)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .doing("open", path)?;
    let length = file.metadata().doing("open", path)?.len();
    Ok((file, length))
}

/// What was added to a log since `from`, its last 64 KiB at most.
pub(crate) fn read_log_from(path: &Path, from: u64) -> String {
    let read = || {
        let mut file = File::open(path)?;
        let start = from.max(file.metadata()?.len().saturating_sub(LOG_TAIL));
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LOG_TAIL).read_to_end(&mut bytes)?;
        std::io::Result::Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_default()
}
