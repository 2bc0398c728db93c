//! The figures as a table for people.

use super::figures::{Findings, Stage};
use crate::up::say;

/// Characters of a statement that are shown.
const STATEMENT: usize = 160;

/// Prints one scenario.
pub(super) fn print(findings: &Findings) {
    say("");
    say(&format!("== {}", findings.scenario));
    for condition in &findings.conditions {
        say(&format!("   {condition}"));
    }
    print_stages(&findings.stages);
    if !findings.floors.is_empty() {
        say("   floor, on the same servers in the same run");
        print_stages(&findings.floors);
    }
    for ratio in &findings.ratios {
        say(&format!(
            "   {:<52} {:>9.3} / {:>9.3}  = {:.1} x the floor",
            ratio.what, ratio.ours, ratio.floor, ratio.ratio
        ));
    }
    if !findings.memory.is_empty() {
        say(&format!(
            "   {:<18} {:>12} {:>12} {:>12} {:>12} {:>12}",
            "resident, MB", "after start", "after load", "peak", "start, share", "load, share"
        ));
        for memory in &findings.memory {
            let peak = memory
                .peak
                .map_or_else(|| "-".to_owned(), |peak| format!("{peak:.1}"));
            say(&format!(
                "   {:<18} {:>12.1} {:>12.1} {peak:>12} {:>12.1} {:>12.1}",
                memory.name,
                memory.after_start,
                memory.after_load,
                memory.share_after_start,
                memory.share_after_load
            ));
        }
    }
    for (what, count) in &findings.counts {
        say(&format!("   {what:<52} {count:>9}"));
    }
    if !findings.statements.is_empty() {
        say("   statements per operation: calls, rows, pages, ms to execute, ms to plan");
    }
    for statement in &findings.statements {
        say(&format!(
            "   {:>7.2} {:>7.2} {:>7.1} {:>7.3} {:>7.3}  {}: {}",
            statement.calls,
            statement.rows,
            statement.pages,
            statement.ms,
            statement.planning_ms,
            statement.database,
            statement.text.chars().take(STATEMENT).collect::<String>()
        ));
    }
    for aim in &findings.aims {
        let met = if aim.met { "met" } else { "NOT MET" };
        say(&format!(
            "   {:<52} {:>9.3} {}, aim {} {}: {met}",
            aim.what, aim.measured, aim.unit, aim.aim, aim.unit
        ));
    }
}

fn print_stages(stages: &[Stage]) {
    for stage in stages {
        let failed = match stage.failed {
            0 => String::new(),
            failed => format!(", {failed} FAILED"),
        };
        say(&format!(
            "   {}: {} in {:.1} s, {:.1}/s{failed}",
            stage.name,
            stage.operations,
            stage.seconds,
            stage.per_second()
        ));
        if let Some(latency) = &stage.latency {
            say(&format!(
                "      p50 {:.2} ms   p99 {:.2} ms   max {:.2} ms",
                latency.p50_ms, latency.p99_ms, latency.max_ms
            ));
        }
        let mut parts: Vec<_> = stage.cpu_ms.0.iter().filter(|(_, ms)| **ms >= 0.000_5).collect();
        if parts.is_empty() {
            continue;
        }
        parts.sort_by(|a, b| b.1.total_cmp(a.1));
        let parts: Vec<String> = parts.iter().map(|(name, ms)| format!("{name} {ms:.3}")).collect();
        say(&format!(
            "      CPU ms each: {:.3} = {}",
            stage.cpu_ms_total,
            parts.join(" + ")
        ));
    }
}
