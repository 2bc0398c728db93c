//! Accepts connections, at most so many, and serves each: no head and no body is waited for without end.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
    response::{IntoResponse as _, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt as _;

use super::{body::RequestBody, overloaded};
use crate::{limits::Limits, problem::Problem, stop::Stop};

/// Most a connection buffers of a request's head; a longer one is answered 431.
const HEAD_BYTES: usize = 64 * 1024;
/// Most headers; more are answered 431.
const HEADERS: usize = 100;
/// Pause after the system refused a connection, for instance for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a connection too many may take to be told so.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    stop: Stop,
) -> anyhow::Result<()> {
    let places = Arc::new(Semaphore::new(
        limits.connections.clamp(1, Semaphore::MAX_PERMITS),
    ));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_deadline)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES);
    let body_deadline = limits.body_deadline;
    let graceful = GracefulShutdown::new();
    loop {
        let accepted =
            tokio::select! { accepted = listener.accept() => accepted, () = stop.requested() => break };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // One connection's end must not be that of all; a lack of descriptors passes.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tokio::spawn(tokio::time::timeout(FAREWELL, turn_away(stream)));
            continue;
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::trace!(%error, "no TCP_NODELAY");
        }
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), request, peer, body_deadline));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                // The peer's doing: broke off, too slow, no HTTP.
                tracing::trace!(%error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    body_deadline: Duration,
) -> Result<Response, Infallible> {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(ConnectInfo(peer));
    let (body, overdue) = RequestBody::new(body, body_deadline);
    let request = Request::from_parts(parts, Body::new(body));
    let response = router.oneshot(request).await?;
    if overdue.get() {
        return Ok(too_slow(body_deadline).into_response());
    }
    Ok(response)
}

fn too_slow(allowed: Duration) -> Problem {
    let seconds = allowed.as_secs_f32();
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too-slow",
        "The request came too slowly",
    )
    .detail(format!(
        "The body did not come within {seconds} s. Nothing was done about it; send it again."
    ))
    .detail_ru(format!(
        "Тело запроса не пришло за {seconds} с. С ним ничего не сделано, отправьте его ещё раз."
    ))
}

/// 503 to a connection too many, without reading its request.
async fn turn_away(mut stream: TcpStream) -> anyhow::Result<()> {
    metrics::counter!("edina_requests_refused_total", "listener" => "http_connections").increment(1);
    let body = serde_json::to_string(&overloaded()).context("a problem is JSON")?;
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: {}\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        crate::admission::RETRY_AFTER,
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    // Read off what it says, lest the close resets the connection before the answer is read.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(())
}
