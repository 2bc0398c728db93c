//! One trace across HTTP, gRPC and NATS, by the W3C `traceparent` header.
//!
//! Everything here is about that one string, so that each transport only has to carry it. Without an OTLP endpoint there
//! is nobody to show a trace to: then nothing is made, read or stored.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Header and metadata key of the trace context.
pub const TRACEPARENT: &str = "traceparent";

static EXPORTING: AtomicBool = AtomicBool::new(false);

pub(crate) fn begin_exporting() {
    EXPORTING.store(true, Ordering::Relaxed);
}

/// Whether spans go anywhere.
pub fn exporting() -> bool {
    EXPORTING.load(Ordering::Relaxed)
}

/// Spans and durations of an HTTP or gRPC server; see [`crate::served`].
pub fn trace_layer() -> crate::served::ServedLayer {
    crate::served::ServedLayer
}

/// The `traceparent` of the present span; none outside of a trace.
pub fn current() -> Option<String> {
    if !exporting() {
        return None;
    }
    of(&Span::current())
}

/// The `traceparent` of a span; none when it belongs to no trace.
pub fn of(span: &Span) -> Option<String> {
    if !exporting() {
        return None;
    }
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    context.is_valid().then(|| {
        let (trace, span) = (context.trace_id(), context.span_id());
        format!("00-{trace}-{span}-{:02x}", context.trace_flags().to_u8())
    })
}

/// Makes `span` a child of the trace in `traceparent`. A malformed value is dropped: the span starts a trace of its own.
///
/// Call before the span is entered.
pub fn set_parent(span: &Span, traceparent: &str) {
    if !exporting() {
        return;
    }
    let Some(parent) = read(traceparent) else {
        return;
    };
    if let Err(error) = span.set_parent(Context::new().with_remote_span_context(parent)) {
        tracing::trace!(?error, "trace parent not set");
    }
}

/// Says what a trace calls the span; it must have been made with an empty `otel.name`. Free while nobody listens.
pub fn name(span: &Span, name: std::fmt::Arguments<'_>) {
    if exporting() {
        span.record("otel.name", tracing::field::display(name));
    }
}

/// The span of a fact on its way to the broker, under the one that caused it; a disabled one while nobody listens.
pub fn publishing(event_type: &str, cause: Option<&str>) -> Span {
    let Some(cause) = cause.filter(|_| exporting()) else {
        return Span::none();
    };
    let span = tracing::info_span!(
        "publish",
        event = event_type,
        otel.kind = "producer",
        otel.name = tracing::field::Empty,
    );
    name(&span, format_args!("publish {event_type}"));
    set_parent(&span, cause);
    span
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; later versions may append fields.
fn read(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length| {
        text.len() == length
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let well_formed = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    if !well_formed || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_parents_are_taken() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let parent = read(good).unwrap();
        assert_eq!(parent.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(parent.is_sampled() && parent.is_remote());
        assert!(read(&good.replace("-01", "-00")).is_some_and(|parent| !parent.is_sampled()));
        assert!(read(&format!("{}-later", good.replace("00-", "01-"))).is_some());
        for bad in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
