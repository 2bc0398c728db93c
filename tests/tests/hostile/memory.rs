//! How much memory a process has ever had at once.

use e2e::{Service, System};

/// Kibibytes of resident memory at the highest, or nothing where the system does not tell.
pub fn highest(system: &System, service: Service) -> Option<u64> {
    let pid = system.pid(service)?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// Remembers the heights before something.
pub struct Watch {
    before: Vec<(Service, u64)>,
}

impl Watch {
    pub fn new(system: &System) -> Self {
        let heights = Service::ALL
            .into_iter()
            .filter_map(|service| Some((service, highest(system, service)?)));
        let before: Vec<_> = heights.collect();
        assert_eq!(
            before.len(),
            Service::ALL.len(),
            "the system tells the memory of a process"
        );
        Self { before }
    }

    /// No service has grown by more than this since.
    #[track_caller]
    pub fn grew_at_most(&self, system: &System, mebibytes: u64) {
        for (service, before) in &self.before {
            let now = highest(system, *service).expect("the service runs");
            let grown = now.saturating_sub(*before) / 1024;
            eprintln!(
                "{}: {} MiB at the highest, {grown} more than before",
                service.name(),
                now / 1024
            );
            assert!(
                grown <= mebibytes,
                "{} grew by {grown} MiB, at most {mebibytes} are fine",
                service.name()
            );
        }
    }
}
