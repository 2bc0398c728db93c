//! HTTP listeners: `/healthz`, `/readyz`, `/metrics`, and the service's own routes beside them.

use anyhow::Context as _;
use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use tokio::net::TcpListener;

use crate::{readiness::Readiness, stop::Stop};

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

/// Serves `router` until the stop is asked for, then lets requests under way end.
pub async fn serve(listener: TcpListener, router: Router, stop: Stop) -> anyhow::Result<()> {
    let router = router.layer(edina_telemetry::propagation::trace_layer());
    axum::serve(
        listener,
        router.into_make_service_with_connect_info::<std::net::SocketAddr>(),
    )
    .with_graceful_shutdown(async move { stop.requested().await })
    .await
    .context("HTTP server")
}
