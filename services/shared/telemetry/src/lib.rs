//! Logs, traces and metrics: started once, shut down after the work is drained.
//!
//! Personal data never reaches any of them; see `edina_runtime::redact`.

pub mod catalogue;
pub mod metrics;
mod otlp_metrics;
mod process;
pub mod propagation;
pub mod served;

use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{
    WithExportConfig as _, WithTonicConfig as _,
    tonic_types::transport::{Certificate, ClientTlsConfig},
};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider, trace::SdkTracerProvider};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Exporting over gRPC must not trace itself, and libraries may say what is nobody's business: none of them is exported.
const NOT_EXPORTED: [&str; 10] = [
    "h2",
    "hyper",
    "hyper_util",
    "tonic",
    "tower",
    "sqlx",
    "async_nats",
    "lettre",
    "rustls",
    "opentelemetry",
];
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(3);

/// Ends the export when the work is drained.
#[derive(Debug)]
pub struct Guard {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Guard {
    /// Flushes what is left, within three seconds.
    pub fn shutdown(self) {
        if let Some(Err(error)) = self
            .traces
            .map(|traces| traces.shutdown_with_timeout(SHUTDOWN_DEADLINE))
        {
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

/// Starts logging to stderr (`RUST_LOG`, `EDINA_LOG_FORMAT=json`), metrics, and, with an endpoint, OTLP export of traces
/// and metrics. OpenTelemetry's own variables hold: `OTEL_TRACES_SAMPLER`, `OTEL_METRIC_EXPORT_INTERVAL` and others.
///
/// `own_ca` are PEM certificates of authorities believed besides the public ones, for an `https://` endpoint.
/// Call once per process, inside the async runtime.
pub fn init(service: &str, otlp_endpoint: Option<&str>, own_ca: Option<&[u8]>) -> anyhow::Result<Guard> {
    let (tracer, meters) = match otlp_endpoint {
        Some(endpoint) => {
            let (tracer, meters) =
                exporters(service, endpoint, own_ca).with_context(|| format!("OTLP endpoint {endpoint}"))?;
            (Some(tracer), Some(meters))
        }
        None => (None, None),
    };
    let traces = tracer.as_ref().map(|provider| {
        let exported = NOT_EXPORTED.map(|library| (library, LevelFilter::OFF));
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("edina"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(
                Targets::new()
                    .with_default(LevelFilter::INFO)
                    .with_targets(exported),
            )
    });

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
    if tracer.is_some() {
        propagation::begin_exporting();
    }
    metrics::install(service, meters.as_ref())?;
    Ok(Guard {
        traces: tracer,
        metrics: meters,
    })
}

fn exporters(
    service: &str,
    endpoint: &str,
    own_ca: Option<&[u8]>,
) -> anyhow::Result<(SdkTracerProvider, SdkMeterProvider)> {
    // Copies of a service must not write over each other's numbers.
    let resource = Resource::builder()
        .with_service_name(service.to_owned())
        .with_attributes([
            KeyValue::new("service.instance.id", uuid::Uuid::now_v7().to_string()),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ])
        .build();
    // Used for https:// endpoints only.
    let mut tls = ClientTlsConfig::new().with_enabled_roots();
    if let Some(pem) = own_ca {
        tls = tls.ca_certificate(Certificate::from_pem(pem));
    }
    let spans = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_tls_config(tls.clone())
        .build()?;
    let numbers = opentelemetry_otlp::MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_tls_config(tls)
        .build()?;
    let traces = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_batch_exporter(spans)
        .build();
    let metrics = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_periodic_exporter(numbers)
        .build();
    Ok((traces, metrics))
}
