//! The figures of a run and how they are shown.

use std::time::Duration;

use serde::Serialize;

use super::{
    meter::{Cpu, Memory},
    statements::Statement,
};

/// Milliseconds that half, 99 of 100, and all operations took at most.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Latency {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Latency {
    /// Of any number of samples; none when there are none.
    pub(super) fn of(mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            samples
                .get((samples.len() * percent / 100).min(samples.len().checked_sub(1)?))
                .copied()
        };
        Some(Self {
            p50_ms: at(50)?,
            p99_ms: at(99)?,
            max_ms: at(100)?,
        })
    }
}

/// One stage of a scenario, or a floor.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) operations: usize,
    pub(super) failed: usize,
    pub(super) seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) latency: Option<Latency>,
    /// CPU milliseconds per operation by process.
    pub(super) cpu_ms: Cpu,
    /// Their sum.
    pub(super) cpu_ms_total: f64,
}

impl Stage {
    /// A stage from what was counted: CPU is that of all its operations.
    pub(super) fn new(name: impl Into<String>, operations: usize, took: Duration, cpu: &Cpu) -> Self {
        let cpu_ms = cpu.per(operations);
        Self {
            name: name.into(),
            operations,
            failed: 0,
            seconds: took.as_secs_f64(),
            latency: None,
            cpu_ms_total: cpu_ms.total(),
            cpu_ms,
        }
    }

    /// With the time each operation took, milliseconds.
    pub(super) fn timed(self, samples: Vec<f64>) -> Self {
        Self {
            latency: Latency::of(samples),
            ..self
        }
    }

    /// With operations that came to nothing.
    pub(super) fn failed(self, failed: usize) -> Self {
        Self { failed, ..self }
    }

    pub(super) fn per_second(&self) -> f64 {
        let count = f64::from(u32::try_from(self.operations).unwrap_or(u32::MAX));
        count / self.seconds.max(0.000_001)
    }
}

/// Ours beside the floor.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ratio {
    pub(super) what: String,
    pub(super) ours: f64,
    pub(super) floor: f64,
    pub(super) ratio: f64,
}

impl Ratio {
    pub(super) fn new(what: impl Into<String>, ours: f64, floor: f64) -> Self {
        Self {
            what: what.into(),
            ours,
            floor,
            ratio: ours / floor.max(0.000_001),
        }
    }
}

/// What was wanted, and whether it is so.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Aim {
    pub(super) what: String,
    pub(super) measured: f64,
    pub(super) aim: f64,
    pub(super) unit: &'static str,
    pub(super) met: bool,
}

impl Aim {
    /// At most `aim`.
    pub(super) fn at_most(what: impl Into<String>, measured: f64, aim: f64, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            measured,
            aim,
            unit,
            met: measured <= aim,
        }
    }
}

/// Everything one scenario found.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Findings {
    pub(super) scenario: String,
    /// What must be known to read the figures.
    pub(super) conditions: Vec<String>,
    pub(super) stages: Vec<Stage>,
    pub(super) floors: Vec<Stage>,
    pub(super) ratios: Vec<Ratio>,
    pub(super) aims: Vec<Aim>,
    pub(super) memory: Vec<Memory>,
    /// Counts that should be what they are said to be.
    pub(super) counts: Vec<(String, i64)>,
    /// The dearest statements of the main stage, per operation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) statements: Vec<Statement>,
}

impl Findings {
    pub(super) fn new(scenario: impl Into<String>) -> Self {
        Self {
            scenario: scenario.into(),
            conditions: Vec::new(),
            stages: Vec::new(),
            floors: Vec::new(),
            ratios: Vec::new(),
            aims: Vec::new(),
            memory: Vec::new(),
            counts: Vec::new(),
            statements: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_few_and_many() {
        assert!(Latency::of(Vec::new()).is_none());
        let one = Latency::of(vec![3.0]).unwrap();
        assert!((one.p50_ms, one.p99_ms, one.max_ms) == (3.0, 3.0, 3.0));
        let many = Latency::of((0..1000).rev().map(f64::from).collect()).unwrap();
        assert!((many.p50_ms, many.p99_ms, many.max_ms) == (500.0, 990.0, 999.0));
    }
}
