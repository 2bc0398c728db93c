//! The process's metrics over OTLP too: each instrument of the `metrics` facade is handed on to an OpenTelemetry meter.
//!
//! Our own bridge, because the published ones pull an older OpenTelemetry beside ours.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_exporter_prometheus::PrometheusRecorder;
use opentelemetry::{KeyValue, metrics::Meter};

/// Records for Prometheus and for OTLP.
pub(crate) struct Both {
    pub(crate) prometheus: PrometheusRecorder,
    pub(crate) meter: Meter,
}

impl Recorder for Both {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.prometheus.describe_counter(key, unit, text);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.prometheus.describe_gauge(key, unit, text);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.prometheus.describe_histogram(key, unit, text);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(Pair {
            first: self.prometheus.register_counter(key, metadata),
            second: self.meter.u64_counter(name(key)).build(),
            attributes: attributes(key),
            last: AtomicU64::new(0),
        }))
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Arc::new(Pair {
            first: self.prometheus.register_gauge(key, metadata),
            second: self.meter.f64_gauge(name(key)).build(),
            attributes: attributes(key),
            last: AtomicU64::new(0),
        }))
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Pair {
            first: self.prometheus.register_histogram(key, metadata),
            second: self
                .meter
                .f64_histogram(name(key))
                .with_boundaries(crate::metrics::DURATION_BUCKETS.to_vec())
                .build(),
            attributes: attributes(key),
            last: AtomicU64::new(0),
        }))
    }
}

fn name(key: &Key) -> Cow<'static, str> {
    Cow::Owned(key.name().to_owned())
}

fn attributes(key: &Key) -> Vec<KeyValue> {
    key.labels()
        .map(|label| KeyValue::new(label.key().to_owned(), label.value().to_owned()))
        .collect()
}

/// One instrument, twice.
struct Pair<A, B> {
    first: A,
    second: B,
    attributes: Vec<KeyValue>,
    /// Last absolute count, or bits of the last gauge value.
    last: AtomicU64,
}

impl CounterFn for Pair<Counter, opentelemetry::metrics::Counter<u64>> {
    fn increment(&self, value: u64) {
        self.first.increment(value);
        self.second.add(value, &self.attributes);
    }

    fn absolute(&self, value: u64) {
        self.first.absolute(value);
        let before = self.last.fetch_max(value, Ordering::Relaxed);
        self.second.add(value.saturating_sub(before), &self.attributes);
    }
}

impl Pair<Gauge, opentelemetry::metrics::Gauge<f64>> {
    fn change(&self, change: impl Fn(f64) -> f64) {
        let update = |bits| Some(change(f64::from_bits(bits)).to_bits());
        let before = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, update)
            .unwrap_or_default();
        self.second
            .record(change(f64::from_bits(before)), &self.attributes);
    }
}

impl GaugeFn for Pair<Gauge, opentelemetry::metrics::Gauge<f64>> {
    fn increment(&self, value: f64) {
        self.first.increment(value);
        self.change(|before| before + value);
    }

    fn decrement(&self, value: f64) {
        self.first.decrement(value);
        self.change(|before| before - value);
    }

    fn set(&self, value: f64) {
        self.first.set(value);
        self.change(|_| value);
    }
}

impl HistogramFn for Pair<Histogram, opentelemetry::metrics::Histogram<f64>> {
    fn record(&self, value: f64) {
        self.first.record(value);
        self.second.record(value, &self.attributes);
    }
}
