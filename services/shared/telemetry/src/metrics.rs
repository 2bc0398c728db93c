//! Prometheus metrics of the process.

use std::sync::OnceLock;

use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Seconds; from a screen pop to a slow provider.
const DURATION_BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

pub(crate) fn install() -> anyhow::Result<()> {
    let recorder = PrometheusBuilder::new().set_buckets(&DURATION_BUCKETS).context("metric buckets")?.build_recorder();
    let handle = recorder.handle();
    ::metrics::set_global_recorder(recorder).ok().context("metrics were started twice")?;
    HANDLE.set(handle).ok().context("metrics were started twice")
}

/// The metrics in Prometheus' text format; empty before [`crate::init`].
pub fn render() -> String {
    HANDLE.get().map(|handle| {
        handle.run_upkeep();
        handle.render()
    })
    .unwrap_or_default()
}
