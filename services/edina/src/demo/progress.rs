//! How far the demonstration of a data folder has come: `demo.toml`.

use std::{path::Path, sync::Mutex};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::dice::Dice;
use crate::instance;

const FILE: &str = "demo.toml";
const CLIENTS: usize = 3000;
const MOST_CLIENTS: usize = 200_000;

/// Two tasks keep their progress in one file.
static WRITING: Mutex<()> = Mutex::new(());

/// Kept from one start to the next.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Progress {
    /// People and days are made from it.
    pub(crate) seed: u64,
    /// Where the made-up history ends, RFC 3339: the first start.
    pub(crate) until: String,
    /// How many clients are wanted.
    pub(crate) clients: usize,
    /// How many are posted.
    pub(crate) loaded: usize,
    /// Days played or begun.
    pub(crate) days: u64,
}

impl Progress {
    /// That of the folder.
    pub(crate) fn read(data_dir: &Path) -> anyhow::Result<Self> {
        instance::read(data_dir, FILE)
    }

    /// That of the folder; begun now when there is none. `EDINA_DEMO_CLIENTS` and `EDINA_DEMO_SEED` count then only.
    pub(crate) fn begin(data_dir: &Path, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let known = Self::read(data_dir)?;
        if known.clients > 0 {
            return Ok(known);
        }
        let number = |name: &str| {
            std::env::var(name)
                .ok()
                .and_then(|text| text.trim().parse::<u64>().ok())
        };
        let clients = number("EDINA_DEMO_CLIENTS")
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(CLIENTS);
        let progress = Self {
            seed: number("EDINA_DEMO_SEED").map_or_else(Dice::fresh_seed, |seed| seed >> 1),
            until: now.to_rfc3339_opts(SecondsFormat::Secs, true),
            clients: clients.clamp(1, MOST_CLIENTS),
            ..Self::default()
        };
        instance::write(data_dir, FILE, &progress)?;
        Ok(progress)
    }

    /// Changes what is kept.
    pub(crate) fn change(data_dir: &Path, change: impl FnOnce(&mut Self)) -> anyhow::Result<()> {
        let _writing = WRITING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut progress = Self::read(data_dir)?;
        change(&mut progress);
        instance::write(data_dir, FILE, &progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_goes_on_where_the_first_was() {
        let folder = tempfile::tempdir().unwrap();
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let first = Progress::begin(folder.path(), now).unwrap();
        Progress::change(folder.path(), |progress| progress.loaded = 42).unwrap();
        let second = Progress::begin(folder.path(), now + chrono::Duration::days(1)).unwrap();
        assert_eq!(second, Progress { loaded: 42, ..first });
    }
}
