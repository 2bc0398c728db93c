//! One trace across HTTP, gRPC and NATS, by the W3C `traceparent` header.
//!
//! Everything here is about that one string, so that each transport only has to carry it.

use std::collections::HashMap;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tower_http::{
    classify::{ServerErrorsAsFailures, SharedClassifier},
    trace::{MakeSpan, TraceLayer},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Header and metadata key of the trace context.
pub const TRACEPARENT: &str = "traceparent";

struct Carrier(HashMap<String, String>);

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
}

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

/// The `traceparent` of the present span; none outside of a trace.
pub fn current() -> Option<String> {
    let mut carrier = Carrier(HashMap::new());
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.0.remove(TRACEPARENT)
}

/// Makes `span` a child of the trace in `traceparent`. A malformed value is dropped: the span starts a trace of its own.
///
/// Call before the span is entered.
pub fn set_parent(span: &Span, traceparent: &str) {
    let carrier = Carrier(HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]));
    let parent = TraceContextPropagator::new().extract(&carrier);
    if let Err(error) = span.set_parent(parent) {
        tracing::trace!(?error, "trace parent not set");
    }
}

/// Spans for HTTP and gRPC servers, continuing the caller's trace.
pub fn trace_layer() -> TraceLayer<SharedClassifier<ServerErrorsAsFailures>, ServerSpan> {
    TraceLayer::new_for_http().make_span_with(ServerSpan)
}

/// Makes the span of a served request; the query string stays out of it, since it may hold a name or a number.
#[derive(Debug, Clone, Copy)]
pub struct ServerSpan;

impl<B> MakeSpan<B> for ServerSpan {
    fn make_span(&mut self, request: &http::Request<B>) -> Span {
        let span = tracing::info_span!("request", method = %request.method(), otel.kind = "server", path = route(request));
        if let Some(parent) = request
            .headers()
            .get(TRACEPARENT)
            .and_then(|value| value.to_str().ok())
        {
            set_parent(&span, parent);
        }
        span
    }
}

/// The route's pattern where the router knows it: a path may hold an intake key.
fn route<B>(request: &http::Request<B>) -> &str {
    if let Some(matched) = request.extensions().get::<axum::extract::MatchedPath>() {
        return matched.as_str();
    }
    let path = request.uri().path();
    if path.starts_with("/edina.") { path } else { "" }
}
