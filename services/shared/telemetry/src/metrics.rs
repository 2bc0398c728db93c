//! Metrics of the process: Prometheus' text for whoever asks, OTLP where an endpoint is set.

use std::sync::OnceLock;

use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;

use crate::otlp_metrics::Both;

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Seconds; from a screen pop to a slow provider.
pub(crate) const DURATION_BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

pub(crate) fn install(otlp: Option<&SdkMeterProvider>) -> anyhow::Result<()> {
    let prometheus = PrometheusBuilder::new()
        .set_buckets(&DURATION_BUCKETS)
        .context("metric buckets")?
        .build_recorder();
    let handle = prometheus.handle();
    let installed = match otlp {
        Some(provider) => ::metrics::set_global_recorder(Both {
            prometheus,
            meter: provider.meter("edina"),
        })
        .is_ok(),
        None => ::metrics::set_global_recorder(prometheus).is_ok(),
    };
    anyhow::ensure!(installed, "metrics were started twice");
    HANDLE.set(handle).ok().context("metrics were started twice")
}

/// The metrics in Prometheus' text format; empty before [`crate::init`].
pub fn render() -> String {
    HANDLE
        .get()
        .map(|handle| {
            handle.run_upkeep();
            handle.render()
        })
        .unwrap_or_default()
}
