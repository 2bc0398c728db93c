//! Logs, traces and metrics: started once, shut down after the work is drained.
//!
//! Personal data never reaches any of them; see `edina_runtime::redact`.

pub mod metrics;
mod otlp_metrics;
pub mod propagation;

use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{
    Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator, trace::SdkTracerProvider,
};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Exporting over gRPC must not trace itself: these crates stay out of exported spans.
const NOT_EXPORTED: &str = "info,h2=off,hyper=off,hyper_util=off,tonic=off,tower=off,sqlx=off,async_nats=off";
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(3);

/// Ends the export when the work is drained.
#[derive(Debug)]
pub struct Guard {
    traces: SdkTracerProvider,
    metrics: Option<SdkMeterProvider>,
}

impl Guard {
    /// Flushes what is left, within three seconds.
    pub fn shutdown(self) {
        if let Err(error) = self.traces.shutdown_with_timeout(SHUTDOWN_DEADLINE) {
            eprintln!("traces: {error}");
        }
        if let Some(Err(error)) = self
            .metrics
            .map(|metrics| metrics.shutdown_with_timeout(SHUTDOWN_DEADLINE))
        {
            eprintln!("metrics: {error}");
        }
    }
}

/// Starts logging to stderr (`RUST_LOG`, `EDINA_LOG_FORMAT=json`), metrics, and, with an endpoint, OTLP export.
///
/// Call once per process, inside the async runtime.
pub fn init(service: &str, otlp_endpoint: Option<&str>) -> anyhow::Result<Guard> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let resource = Resource::builder().with_service_name(service.to_owned()).build();
    let mut provider = SdkTracerProvider::builder().with_resource(resource.clone());
    let mut meters = None;
    if let Some(endpoint) = otlp_endpoint {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .with_context(|| format!("OTLP endpoint {endpoint}"))?;
        provider = provider.with_batch_exporter(exporter);
        let exporter = opentelemetry_otlp::MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .with_context(|| format!("OTLP endpoint {endpoint}"))?;
        meters = Some(
            SdkMeterProvider::builder()
                .with_resource(resource)
                .with_periodic_exporter(exporter)
                .build(),
        );
    }
    let provider = provider.build();
    // The SDK's guard spans live as long as the provider does.
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("edina"))
        .with_filter(EnvFilter::new(NOT_EXPORTED));

    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,h2=warn,async_nats=warn"));
    let json = std::env::var("EDINA_LOG_FORMAT").is_ok_and(|format| format == "json");
    let logs = if json {
        tracing_subscriber::fmt::layer()
            .json()
            .with_writer(std::io::stderr)
            .with_filter(filter)
            .boxed()
    } else {
        tracing_subscriber::fmt::layer()
            .with_target(false)
            .with_writer(std::io::stderr)
            .with_filter(filter)
            .boxed()
    };
    tracing_subscriber::registry()
        .with(logs)
        .with(traces)
        .try_init()
        .context("logging was started twice")?;
    metrics::install(meters.as_ref())?;
    Ok(Guard {
        traces: provider,
        metrics: meters,
    })
}
