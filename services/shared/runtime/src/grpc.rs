//! gRPC listeners with health, reflection and traces, and channels to other services.

mod admitted;
mod russian;

use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tonic::{
    Code, Response, Status,
    service::Routes,
    transport::{Channel, Endpoint, Server, server::TcpIncoming},
};

use admitted::AdmissionLayer;
pub use russian::{russian_of, with_russian};

use crate::{admission::Admission, limits::Limits, readiness::Readiness, stop::Stop, tls::Trust};

/// Calls that one connection may have under way or waiting; more are not read from it.
const STREAMS_PER_CONNECTION: u32 = 1024;
/// How often health follows readiness.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);

/// What a method answers.
pub type Reply<T> = Result<Response<T>, Status>;

/// Serves `routes` within `limits` until the stop is asked for, then lets calls under way end.
pub async fn serve(
    listener: TcpListener,
    routes: Routes,
    descriptors: &'static [u8],
    readiness: Readiness,
    limits: &Limits,
    stop: Stop,
) -> anyhow::Result<()> {
    edina_telemetry::served::know_methods(descriptors);
    let (reporter, health) = tonic_health::server::health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(descriptors)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .context("gRPC reflection")?;
    let follow = stop.clone();
    stop.spawn("grpc health", async move {
        let mut every = tokio::time::interval(HEALTH_INTERVAL);
        loop {
            tokio::select! { _ = every.tick() => {}, () = follow.leaving() => break }
            let status = if readiness.unmet().is_empty() {
                tonic_health::ServingStatus::Serving
            } else {
                tonic_health::ServingStatus::NotServing
            };
            reporter.set_service_status("", status).await;
        }
        reporter
            .set_service_status("", tonic_health::ServingStatus::NotServing)
            .await;
    });
    let ended = stop.clone();
    Server::builder()
        .layer(edina_telemetry::propagation::trace_layer())
        .layer(AdmissionLayer(Admission::new(limits, "grpc")))
        .max_concurrent_streams(Some(STREAMS_PER_CONNECTION))
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .add_routes(routes)
        .add_service(health)
        .add_service(reflection)
        // Without it an answer waits 40 ms for the caller's delayed acknowledgement.
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), async move {
            ended.requested().await
        })
        .await
        .context("gRPC server")
}

/// Whether another try may succeed. A broken connection is `Unknown` where its error has no better name.
pub fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Aborted
            | Code::Unknown
            | Code::ResourceExhausted
    )
}

/// A channel to another service; connects when first used and again whenever it has to.
pub fn channel(url: &str) -> anyhow::Result<Channel> {
    channel_trusting(url, &Trust::new(None)?)
}

/// The same; with `https://` the service must prove to `trust` who it is.
pub fn channel_trusting(url: &str, trust: &Trust) -> anyhow::Result<Channel> {
    let mut endpoint = Endpoint::from_shared(url.to_owned())
        .with_context(|| format!("the service address {url} is no URL"))?;
    if endpoint.uri().scheme_str() == Some("https") {
        endpoint = endpoint
            .tls_config(trust.grpc())
            .with_context(|| format!("TLS to {url}"))?;
    }
    Ok(endpoint
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(30))
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .connect_lazy())
}

/// Whether a call that failed surely never left, so that it may be made again whatever it does: no connection, or one
/// that the other side had closed, as a copy does that stops.
pub fn was_not_sent(status: &tonic::Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let closed = error
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_canceled);
        if closed || error.is::<tonic::ConnectError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
