//! What every HTTP and gRPC server does with a request: a span that continues the caller's trace, and its duration.
//!
//! One layer for both, because it runs for every request: nothing is allocated that is not needed, and the labels come
//! from what the server knows (route patterns, methods it has), never from what a caller sends.

use std::{
    collections::HashSet,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::extract::MatchedPath;
use http::{HeaderMap, Method, Request, Response, header::CONTENT_TYPE};
use pin_project_lite::pin_project;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tower::{Layer, Service};
use tracing::{Instrument as _, Span, instrument::Instrumented};

use crate::propagation::{self, TRACEPARENT};

#[derive(Debug, Clone, Copy)]
enum Protocol {
    Http,
    Grpc,
}

static METHODS: OnceLock<HashSet<String>> = OnceLock::new();

/// Says which gRPC methods there are, by their descriptors; whatever else a caller asks for is `other`.
pub fn know_methods(descriptors: &[u8]) {
    METHODS.get_or_init(|| {
        let files = FileDescriptorSet::decode(descriptors).unwrap_or_default().file;
        let mut methods = HashSet::new();
        for file in &files {
            for service in &file.service {
                methods.extend(
                    service
                        .method
                        .iter()
                        .map(|method| format!("{}.{}/{}", file.package(), service.name(), method.name())),
                );
            }
        }
        methods
    });
}

/// Put it outermost: on an HTTP router with `layer`, so that the route's pattern is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct ServedLayer;

impl<S> Layer<S> for ServedLayer {
    type Service = Served<S>;

    fn layer(&self, inner: S) -> Served<S> {
        Served { inner }
    }
}

/// A server that is watched.
#[derive(Debug, Clone)]
pub struct Served<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Served<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Timed<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let asked = Asked::new(&request);
        let span = asked.span(request.headers());
        let future = span.in_scope(|| self.inner.call(request));
        Timed {
            future: future.instrument(span),
            asked,
            began: Instant::now(),
        }
    }
}

pin_project! {
    /// The answer, timed until its head is there.
    #[derive(Debug)]
    pub struct Timed<F> {
        #[pin]
        future: Instrumented<F>,
        asked: Asked,
        began: Instant,
    }
}

impl<F, R, E> Future for Timed<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let outcome = ready!(this.future.as_mut().poll(context));
        if let Ok(response) = &outcome {
            this.asked
                .answered(response, this.future.span(), this.began.elapsed().as_secs_f64());
        }
        Poll::Ready(outcome)
    }
}

/// What was asked for, in words that are few.
#[derive(Debug)]
struct Asked {
    protocol: Protocol,
    method: &'static str,
    /// The route's pattern (a path may hold an intake key), or the gRPC method.
    place: String,
}

impl Asked {
    fn new<B>(request: &Request<B>) -> Self {
        let kind = request.headers().get(CONTENT_TYPE);
        let protocol = if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc")) {
            Protocol::Grpc
        } else {
            Protocol::Http
        };
        let place = match protocol {
            Protocol::Http => request
                .extensions()
                .get::<MatchedPath>()
                .map_or("unmatched", MatchedPath::as_str),
            Protocol::Grpc => request
                .uri()
                .path()
                .strip_prefix('/')
                .filter(|path| METHODS.get().is_some_and(|methods| methods.contains(*path)))
                .unwrap_or("other"),
        };
        Self {
            protocol,
            method: method(request.method()),
            place: place.to_owned(),
        }
    }

    fn span(&self, headers: &HeaderMap) -> Span {
        let span = tracing::info_span!(
            "request",
            method = self.method,
            path = self.place,
            otel.kind = "server",
            otel.name = tracing::field::Empty,
            status = tracing::field::Empty,
        );
        if propagation::exporting() {
            match self.protocol {
                Protocol::Http => propagation::name(&span, format_args!("{} {}", self.method, self.place)),
                Protocol::Grpc => propagation::name(&span, format_args!("{}", self.place)),
            }
            if let Some(parent) = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()) {
                propagation::set_parent(&span, parent);
            }
        }
        span
    }

    fn answered<R>(&mut self, response: &Response<R>, span: &Span, seconds: f64) {
        let status = match self.protocol {
            Protocol::Http => class(response.status().as_u16()),
            Protocol::Grpc => grpc_code(response.headers()),
        };
        if propagation::exporting() {
            span.record("status", status);
        }
        let place = std::mem::take(&mut self.place);
        if response.status().is_server_error() && place != "/readyz" {
            span.in_scope(|| tracing::warn!(status = response.status().as_u16(), "answered with an error"));
        }
        match self.protocol {
            Protocol::Http => metrics::histogram!(
                "edina_http_request_duration_seconds",
                "method" => self.method, "route" => place, "status" => status
            ),
            Protocol::Grpc => metrics::histogram!(
                "edina_grpc_request_duration_seconds",
                "rpc" => place, "code" => status
            ),
        }
        .record(seconds);
    }
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: u16) -> &'static str {
    match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// An error of a call without a stream comes in the head; otherwise it went well, as far as the head knows.
fn grpc_code(headers: &HeaderMap) -> &'static str {
    const CODES: [&str; 17] = [
        "ok",
        "cancelled",
        "unknown",
        "invalid_argument",
        "deadline_exceeded",
        "not_found",
        "already_exists",
        "permission_denied",
        "resource_exhausted",
        "failed_precondition",
        "aborted",
        "out_of_range",
        "unimplemented",
        "internal",
        "unavailable",
        "data_loss",
        "unauthenticated",
    ];
    let Some(code) = headers.get("grpc-status") else {
        return "ok";
    };
    let code: Option<usize> = code.to_str().ok().and_then(|code| code.parse().ok());
    code.and_then(|code| CODES.get(code))
        .copied()
        .unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_what_the_server_knows() {
        let place = |kind: &str, uri: &str| {
            let request = Request::builder().uri(uri).header(CONTENT_TYPE, kind);
            Asked::new(&request.body(()).unwrap()).place
        };
        assert_eq!(place("text/plain", "/secret-key?phone=1"), "unmatched");
        let files = FileDescriptorSet {
            file: vec![prost_types::FileDescriptorProto {
                package: Some("edina.registry.v1".to_owned()),
                service: vec![prost_types::ServiceDescriptorProto {
                    name: Some("ClientRegistry".to_owned()),
                    method: vec![prost_types::MethodDescriptorProto {
                        name: Some("Search".to_owned()),
                        ..Default::default()
                    }],
                    ..Default::default()
                }],
                ..Default::default()
            }],
        };
        know_methods(&files.encode_to_vec());
        let method = "/edina.registry.v1.ClientRegistry/Search";
        assert_eq!(place("application/grpc", method), method.trim_start_matches('/'));
        assert_eq!(
            place("application/grpc", "/edina.registry.v1.ClientRegistry/Secret"),
            "other"
        );
        assert_eq!(place("application/grpc+proto", "/made.up/Thing"), "other");
    }

    #[test]
    fn a_code_nobody_knows_is_unknown() {
        let code = |value: &str| {
            grpc_code(&HeaderMap::from_iter([(
                "grpc-status".parse().unwrap(),
                value.parse().unwrap(),
            )]))
        };
        assert_eq!(
            (code("0"), code("16"), code("99"), code("x")),
            ("ok", "unauthenticated", "unknown", "unknown")
        );
        assert_eq!(grpc_code(&HeaderMap::new()), "ok");
    }
}
