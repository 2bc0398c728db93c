//! How much memory PostgreSQL may keep pages in.

use std::fs;

const MEGABYTE: u64 = 1024 * 1024;
/// What a small machine gives, and what is enough for the indexes of a million clients.
const LEAST: u64 = 128;
const MOST: u64 = 1024;
/// Its share of the memory there is: services, the system and its file cache need the rest.
const SHARE: u64 = 8;

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
