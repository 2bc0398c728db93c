//! The process's metrics over OTLP too: each instrument of the `metrics` facade is handed on to an OpenTelemetry meter.
//!
//! Our own bridge, because the published ones pull an older OpenTelemetry beside ours. The facade asks for an instrument
//! whenever something is counted, so they are kept; the meter makes a new one each time it is asked.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_exporter_prometheus::PrometheusRecorder;
use opentelemetry::{KeyValue, metrics::Meter};

use crate::catalogue;

/// Records for Prometheus and for OTLP.
pub(crate) struct Both {
    prometheus: PrometheusRecorder,
    meter: Meter,
    counters: Kept<Counter>,
    gauges: Kept<Gauge>,
    histograms: Kept<Histogram>,
}

struct Kept<T>(RwLock<HashMap<Key, T>>);

impl<T: Clone> Kept<T> {
    fn get(&self, key: &Key, make: impl FnOnce() -> T) -> T {
        let kept = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned();
        kept.unwrap_or_else(|| {
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            all.entry(key.clone()).or_insert_with(make).clone()
        })
    }
}

impl Both {
    pub(crate) fn new(prometheus: PrometheusRecorder, meter: Meter) -> Self {
        Self {
            prometheus,
            meter,
            counters: Kept(RwLock::default()),
            gauges: Kept(RwLock::default()),
            histograms: Kept(RwLock::default()),
        }
    }
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
        self.counters.get(key, || {
            Counter::from_arc(Arc::new(Pair {
                first: self.prometheus.register_counter(key, metadata),
                second: self
                    .meter
                    .u64_counter(name(key))
                    .with_description(text(key))
                    .with_unit(unit(key.name()))
                    .build(),
                attributes: attributes(key),
                last: AtomicU64::new(0),
            }))
        })
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.gauges.get(key, || {
            Gauge::from_arc(Arc::new(Pair {
                first: self.prometheus.register_gauge(key, metadata),
                second: self
                    .meter
                    .f64_gauge(name(key))
                    .with_description(text(key))
                    .with_unit(unit(key.name()))
                    .build(),
                attributes: attributes(key),
                last: AtomicU64::new(0),
            }))
        })
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.histograms.get(key, || {
            let histogram = self.meter.f64_histogram(name(key)).with_description(text(key));
            Histogram::from_arc(Arc::new(Pair {
                first: self.prometheus.register_histogram(key, metadata),
                second: histogram
                    .with_unit(unit(key.name()))
                    .with_boundaries(catalogue::bounds(key.name()).to_vec())
                    .build(),
                attributes: attributes(key),
                last: AtomicU64::new(0),
            }))
        })
    }
}

fn name(key: &Key) -> Cow<'static, str> {
    Cow::Owned(key.name().to_owned())
}

fn text(key: &Key) -> &'static str {
    catalogue::metric(key.name()).map_or("", |metric| metric.text)
}

/// Its unit as OpenTelemetry writes it.
pub(crate) fn unit(name: &str) -> &'static str {
    let name = name.trim_end_matches("_total");
    if name.ends_with("_seconds") {
        "s"
    } else if name.ends_with("_bytes") {
        "By"
    } else {
        "1"
    }
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
