//! What the operating system says about this process: memory, CPU time, files, threads. Linux only; elsewhere nothing.

use std::fmt::Write as _;

use opentelemetry::metrics::Meter;

use crate::{catalogue, otlp_metrics::unit};

/// Clock ticks a second in `/proc`: part of the kernel's interface to programs.
const TICKS: f64 = 100.0;

/// One look at the process, name and value.
pub(crate) fn readings() -> Vec<(&'static str, f64)> {
    look().unwrap_or_default()
}

fn look() -> Option<Vec<(&'static str, f64)>> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name in parentheses may hold anything; what follows it does not. Field 3 of proc(5) comes first.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    let resident = std::fs::read_to_string("/proc/self/status").ok()?;
    let resident: f64 = line(&resident, "VmRSS:")?;
    let booted = std::fs::read_to_string("/proc/stat").ok()?;
    let booted: f64 = line(&booted, "btime")?;
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    Some(vec![
        ("edina_process_resident_bytes", resident * 1024.0),
        (
            "edina_process_cpu_seconds_total",
            (field(14)? + field(15)?) / TICKS,
        ),
        ("edina_process_start_time_seconds", booted + field(22)? / TICKS),
        (
            "edina_process_open_files",
            f64::from(u32::try_from(files).unwrap_or(u32::MAX)),
        ),
        ("edina_process_threads", field(20)?),
    ])
}

fn line(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// In Prometheus' text format, after what the recorder has rendered. CPU time is a counter with a fraction, which the
/// recorder does not know.
pub(crate) fn render(text: &mut String) {
    for (name, value) in readings() {
        let kind = if name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        let help = catalogue::metric(name).map_or("", |metric| metric.text);
        // Writing into a string cannot fail.
        writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
        )
        .ok();
    }
}

/// Over OTLP: read whenever the meter exports.
pub(crate) fn observe(meter: &Meter) {
    for (name, _) in readings() {
        let help = catalogue::metric(name).map_or("", |metric| metric.text);
        let value = move || {
            let all = readings();
            all.into_iter()
                .find_map(|(one, value)| (one == name).then_some(value))
        };
        if name.ends_with("_total") {
            let counter = meter
                .f64_observable_counter(name)
                .with_description(help)
                .with_unit(unit(name));
            counter
                .with_callback(move |observer| {
                    if let Some(value) = value() {
                        observer.observe(value, &[]);
                    }
                })
                .build();
        } else {
            let gauge = meter
                .f64_observable_gauge(name)
                .with_description(help)
                .with_unit(unit(name));
            gauge
                .with_callback(move |observer| {
                    if let Some(value) = value() {
                        observer.observe(value, &[]);
                    }
                })
                .build();
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn a_living_process_has_memory_threads_and_a_past() {
        let readings: std::collections::HashMap<_, _> = super::readings().into_iter().collect();
        assert_eq!(readings.len(), 5);
        assert!(readings["edina_process_resident_bytes"] > 100_000.0);
        assert!(readings["edina_process_threads"] >= 1.0);
        assert!(readings["edina_process_open_files"] >= 3.0);
        assert!(readings["edina_process_start_time_seconds"] > 1_600_000_000.0);
    }
}
