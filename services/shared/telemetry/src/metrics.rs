//! Metrics of the process: Prometheus' text for whoever asks, OTLP where an endpoint is set.
//!
//! What exists is in [`crate::catalogue`].

use std::{sync::OnceLock, time::Duration};

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;

use crate::{
    catalogue::{Buckets, Kind, METRICS},
    otlp_metrics::Both,
    process,
};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
/// How often samples are put into their buckets, scraped or not: until then each one is kept.
const UPKEEP: Duration = Duration::from_secs(5);
/// How often numbers that must be asked for (of the database, of NATS) are asked for.
pub const MEASURE_INTERVAL: Duration = Duration::from_secs(15);
/// Rows looked at for one such number at most; a longer queue says this much.
pub const MOST_COUNTED: i64 = 10_000;

pub(crate) fn install(service: &str, otlp: Option<&SdkMeterProvider>) -> anyhow::Result<()> {
    let mut prometheus = PrometheusBuilder::new()
        .set_buckets(Buckets::Machine.bounds())
        .context("metric buckets")?;
    for metric in METRICS {
        if let Kind::Histogram(buckets) = metric.kind {
            prometheus = prometheus
                .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets.bounds())
                .context("metric buckets")?;
        }
    }
    let prometheus = prometheus.build_recorder();
    let handle = prometheus.handle();
    let installed = match otlp {
        Some(provider) => {
            let meter = provider.meter("edina");
            process::observe(&meter);
            ::metrics::set_global_recorder(Both::new(prometheus, meter)).is_ok()
        }
        None => ::metrics::set_global_recorder(prometheus).is_ok(),
    };
    anyhow::ensure!(installed, "metrics were started twice");
    for metric in METRICS {
        match metric.kind {
            Kind::Counter => ::metrics::describe_counter!(metric.name, metric.text),
            Kind::Gauge => ::metrics::describe_gauge!(metric.name, metric.text),
            Kind::Histogram(_) => ::metrics::describe_histogram!(metric.name, metric.text),
        }
    }
    let version = env!("CARGO_PKG_VERSION");
    ::metrics::gauge!("edina_build_info", "service" => service.to_owned(), "version" => version).set(1.0);
    // A counter that is born with its first count hides that count from `increase`.
    ::metrics::counter!("edina_panics_total").increment(0);
    tokio::spawn(upkeep(handle.clone()));
    HANDLE.set(handle).ok().context("metrics were started twice")
}

async fn upkeep(handle: PrometheusHandle) {
    let mut every = tokio::time::interval(UPKEEP);
    let runtime = tokio::runtime::Handle::current().metrics();
    let (tasks, queue) = (
        ::metrics::gauge!("edina_tokio_tasks"),
        ::metrics::gauge!("edina_tokio_queue_depth"),
    );
    loop {
        every.tick().await;
        handle.run_upkeep();
        tasks.set(float(runtime.num_alive_tasks()));
        queue.set(float(runtime.global_queue_depth()));
    }
}

/// A count as a gauge's value.
pub fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The metrics in Prometheus' text format; empty before [`crate::init`].
pub fn render() -> String {
    let Some(handle) = HANDLE.get() else {
        return String::new();
    };
    handle.run_upkeep();
    let mut text = handle.render();
    process::render(&mut text);
    text
}
