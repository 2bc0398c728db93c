//! HTTP listeners: `/healthz`, `/readyz`, `/metrics`, and the service's own routes beside them.
//!
//! `listener` accepts connections and bounds them, `body` bounds request bodies, [`crate::admission`] the requests.

mod body;
mod listener;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    admission::{self, Admission},
    limits::Limits,
    problem::Problem,
    readiness::Readiness,
    stop::Stop,
};

/// Answered however much there is to do.
const OPERATIONS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The routes that every service has.
pub fn operations(readiness: Readiness) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(async || edina_telemetry::metrics::render()))
        .with_state(readiness)
}

async fn ready(State(readiness): State<Readiness>) -> impl IntoResponse {
    let unmet = readiness.unmet();
    let status = if unmet.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(
            serde_json::json!({ "ready": unmet.is_empty(), "unmet": unmet, "waiting": readiness.waiting() }),
        ),
    )
}

/// Serves `router` within `limits` until the stop is asked for, then lets requests under way end. From the notice on,
/// callers are told to go elsewhere.
pub async fn serve(listener: TcpListener, router: Router, limits: &Limits, stop: Stop) -> anyhow::Result<()> {
    let router = router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(with_reason))
        .layer(middleware::from_fn_with_state(
            Admission::new(limits, "http"),
            admit,
        ))
        .layer(edina_telemetry::propagation::trace_layer())
        .layer(middleware::from_fn_with_state(stop.clone(), take_leave));
    listener::serve(listener, router, limits, stop).await
}

/// Once notice is given, `/readyz` says so, and every answer is the last one of its connection.
async fn take_leave(State(stop): State<Stop>, request: Request, next: Next) -> Response {
    let asks = request.uri().path() == "/readyz";
    let mut response = if asks && stop.is_leaving() {
        let body = Json(serde_json::json!({ "ready": false, "unmet": { "stop": "this copy is leaving" } }));
        (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
    } else {
        next.run(request).await
    };
    if stop.is_leaving() {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn admit(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    if OPERATIONS.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    match admission.enter().await {
        Some(place) => {
            let response = next.run(request).await;
            drop(place);
            response
        }
        None => overloaded().into_response(),
    }
}

/// Refusals by the framework itself (an address that is no UTF-8, a query that is no query) come as bare text.
async fn with_reason(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !bare || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut problem = Problem::of(status, "The address or the head of the request cannot be read.")
        .detail_ru("Адрес или заголовок запроса не читается.")
        .into_response();
    for (name, value) in response.headers() {
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            problem.headers_mut().append(name.clone(), value.clone());
        }
    }
    problem
}

/// What somebody turned away is told.
fn overloaded() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "overloaded",
        "Too many requests at once",
    )
    .detail("Nothing was done about this request. Send it again a little later.")
    .detail_ru("Слишком много запросов сразу. С этим запросом ничего не сделано, повторите его чуть позже.")
    .retry_after(admission::RETRY_AFTER)
}

fn panicked(_cause: Box<dyn std::any::Any + Send>) -> Response {
    // The cause may quote the request; the panic hook has logged where it was.
    metrics::counter!("edina_panics_total").increment(1);
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong on our side",
    )
    .into_response()
}
