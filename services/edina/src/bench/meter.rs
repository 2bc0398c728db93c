//! What processes take, as Linux counts it: CPU time and resident memory, each with everything below it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
};

use anyhow::Context as _;
use serde::Serialize;

/// A process under its name in the report; children of it are counted in.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) name: &'static str,
    pub(super) pid: u32,
}

/// CPU milliseconds by process, since its start; the difference of two is what lies between them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Cpu(pub(super) BTreeMap<&'static str, f64>);

/// Memory of a process in megabytes (of 1 048 576 bytes).
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Memory {
    pub(super) name: &'static str,
    /// Resident after start, before any load.
    pub(super) after_start: f64,
    /// Resident after the load.
    pub(super) after_load: f64,
    /// Its share after start: a page that several processes have is divided among them. Only shares can be added up:
    /// the services are one program, whose pages all of them have.
    pub(super) share_after_start: f64,
    pub(super) share_after_load: f64,
    /// Highest; none where the process has children of changing number.
    pub(super) peak: Option<f64>,
}

/// What one look sees of memory, in megabytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resident {
    pub(super) now: f64,
    /// Proportional set size.
    pub(super) share: f64,
    pub(super) peak: Option<f64>,
}

struct Stat {
    parent: u32,
    /// Own ticks and those of children that ended.
    ticks: u64,
}

impl Cpu {
    /// CPU of all watched processes until now.
    pub(super) fn read(watched: &[Watched]) -> anyhow::Result<Self> {
        let all = all()?;
        let of = |process: &Watched| {
            let ticks = tree(&all, process.pid)
                .iter()
                .filter_map(|pid| all.get(pid))
                .map(|stat| stat.ticks)
                .sum();
            (process.name, in_ms(ticks))
        };
        Ok(Self(watched.iter().map(of).collect()))
    }

    /// Milliseconds since an earlier reading.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let spent = |(name, ms): (&&'static str, &f64)| {
            (*name, (ms - earlier.0.get(name).copied().unwrap_or(0.0)).max(0.0))
        };
        Self(self.0.iter().map(spent).collect())
    }

    /// The same per operation.
    pub(super) fn per(&self, operations: usize) -> Self {
        let count = f64::from(u32::try_from(operations.max(1)).unwrap_or(u32::MAX));
        Self(self.0.iter().map(|(name, ms)| (*name, ms / count)).collect())
    }

    /// Of all processes together.
    pub(super) fn total(&self) -> f64 {
        self.0.values().sum()
    }
}

/// Resident memory of each watched process.
pub(super) fn resident(watched: &[Watched]) -> anyhow::Result<Vec<(&'static str, Resident)>> {
    let all = all()?;
    watched
        .iter()
        .map(|process| Ok((process.name, resident_of(&tree(&all, process.pid))?)))
        .collect()
}

/// One process: as the kernel says. Several share memory (PostgreSQL's buffers): what is their own is added up, the
/// largest shared part is counted once.
fn resident_of(pids: &[u32]) -> anyhow::Result<Resident> {
    let (mut own, mut shared, mut share, mut peak) = (0.0, 0.0_f64, 0.0, None);
    for pid in pids {
        // It may have ended since the list was made.
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
            continue;
        };
        let megabytes = |name: &str| megabytes(&status, name);
        // What another user's process has is shown to the superuser only; without it the resident size must do.
        share += fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))
            .map_or_else(|_| megabytes("VmRSS"), |rollup| self::megabytes(&rollup, "Pss"));
        if pids.len() == 1 {
            own = megabytes("VmRSS");
            peak = Some(megabytes("VmHWM"));
        } else {
            own += megabytes("RssAnon");
            shared = shared.max(megabytes("RssShmem") + megabytes("RssFile"));
        }
    }
    Ok(Resident {
        now: own + shared,
        share,
        peak,
    })
}

/// A line `Name:   123 kB`.
fn megabytes(text: &str, name: &str) -> f64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
    kilobytes.and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// CPU milliseconds of this process, which is the load generator.
pub(super) fn own() -> anyhow::Result<f64> {
    let this = all()?.remove(&std::process::id());
    Ok(in_ms(this.context("this process is not in /proc")?.ticks))
}

#[expect(clippy::cast_precision_loss, reason = "ticks of a bench stay far below 2^52")]
fn in_ms(ticks: u64) -> f64 {
    ticks as f64 * 1000.0 / rustix::param::clock_ticks_per_second() as f64
}

fn tree(all: &HashMap<u32, Stat>, root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(
            all.iter()
                .filter(|(_, stat)| stat.parent == parent)
                .map(|(pid, _)| *pid),
        );
        at += 1;
    }
    found
}

fn all() -> anyhow::Result<HashMap<u32, Stat>> {
    let folder = fs::read_dir("/proc").context("CPU and memory are read from /proc, which only Linux has")?;
    let mut found = HashMap::new();
    for entry in folder.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // It may have ended since the list was made.
        if let Some(stat) = fs::read_to_string(entry.path().join("stat"))
            .ok()
            .and_then(|line| parse(&line))
        {
            found.insert(pid, stat);
        }
    }
    Ok(found)
}

/// `pid (name) state ppid …`; the name may hold anything, so it is read from its closing parenthesis on.
fn parse(line: &str) -> Option<Stat> {
    let (_, rest) = line.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        // utime, stime, cutime, cstime
        ticks: number(11)? + number(12)? + number(13)? + number(14)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_is_no_obstacle() {
        let stat = parse("42 (a) b (c)) S 7 1 1 0 -1 0 0 0 0 0 10 20 3 4 20 0 1 0 5 6").unwrap();
        assert_eq!((stat.parent, stat.ticks), (7, 37));
    }

    #[test]
    fn work_done_between_two_readings_is_seen() {
        let watched = [Watched {
            name: "test",
            pid: std::process::id(),
        }];
        let before = Cpu::read(&watched).unwrap();
        let mut sum = 0_u64;
        // Far more than one tick.
        for n in 0..200_000_000_u64 {
            sum = std::hint::black_box(sum.wrapping_add(n));
        }
        let spent = Cpu::read(&watched).unwrap().since(&before);
        assert!(spent.total() > 0.0, "{sum}");
        let resident = resident(&watched).unwrap()[0].1;
        assert!(resident.now > 1.0);
        assert!(
            resident.share > 0.5 && resident.share < resident.now * 1.5,
            "{resident:?}"
        );
    }

    #[test]
    fn a_line_is_found_by_its_whole_name() {
        let rollup =
            "Rss:                2048 kB\nPss_Dirty:          9999 kB\nPss:                1024 kB\n";
        assert!((megabytes(rollup, "Pss") - 1.0).abs() < 1e-9);
    }
}
