//! How much memory PostgreSQL may keep pages in, and how much room on the disk its log may take.

use std::{fs, path::Path};

const MEGABYTE: u64 = 1024 * 1024;
/// What a small machine gives, and what is enough for the indexes of a million clients and what is read at random of their
/// records: with half as much an import of them wrote 35 GB to make room, and read much of it again.
const LEAST: u64 = 128;
const MOST: u64 = 2048;
/// Its share of the memory there is: services, the system and its file cache need the rest.
const SHARE: u64 = 8;
/// PostgreSQL's own default, and what is read again within a minute or two after a crash.
const LEAST_WAL: u64 = 1024;
const MOST_WAL: u64 = 8 * 1024;
/// The log's share of the free room. It shrinks again when less is written.
const WAL_SHARE: u64 = 4;

/// Megabytes for `shared_buffers`, by the memory of the machine or the container.
pub(crate) fn shared_buffers() -> u64 {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    of(&read("/proc/meminfo"), &read("/sys/fs/cgroup/memory.max"))
}

fn of(meminfo: &str, limit: &str) -> u64 {
    let total = meminfo
        .lines()
        .find_map(|line| {
            line.strip_prefix("MemTotal:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .map(|kilobytes: u64| kilobytes / 1024);
    // `max` where there is no limit.
    let limit = limit.trim().parse::<u64>().ok().map(|bytes| bytes / MEGABYTE);
    let memory = [total, limit].into_iter().flatten().min().unwrap_or_default();
    (memory / SHARE).clamp(LEAST, MOST)
}

/// Megabytes for `max_wal_size`, by the room that is free beside the data. Every page is written into the log whole once
/// after a checkpoint, and a log that is full forces one: of an import of a million rows that was more than half of what it
/// wrote.
pub(crate) fn wal(data: &Path) -> u64 {
    let free = rustix::fs::statvfs(data).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) / MEGABYTE);
    (free.unwrap_or_default() / WAL_SHARE).clamp(LEAST_WAL, MOST_WAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_decides_within_bounds() {
        let machine = "MemTotal:        4096000 kB\nMemFree:          100 kB\n";
        assert_eq!(of(machine, "max\n"), 500);
        assert_eq!(of(machine, "536870912\n"), LEAST);
        assert_eq!(of("MemTotal: 64000000 kB\n", ""), MOST);
        assert_eq!(of("", ""), LEAST);
    }
}
