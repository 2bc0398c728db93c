//! A copy that is about to stop sends its callers elsewhere while it still serves them.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use edina_runtime::{http, limits::Limits, readiness::Readiness, stop::Stop};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

async fn start(stop: &Stop) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = http::operations(Readiness::default()).merge(Router::new().route("/", get(async || "here")));
    let served = stop.clone();
    tokio::spawn(async move { http::serve(listener, router, &Limits::default(), served).await });
    address
}

/// Asks on an open connection; what is answered, up to the end of the body.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = vec![0; 4096];
    let read = stream.read(&mut said).await.unwrap();
    String::from_utf8_lossy(&said[..read]).into_owned()
}

#[tokio::test]
async fn notice_closes_used_connections_and_still_serves_new_ones() {
    let stop = Stop::new();
    let address = start(&stop).await;
    let mut open = TcpStream::connect(address).await.unwrap();
    let before = ask(&mut open, "/readyz").await;
    assert!(
        before.starts_with("HTTP/1.1 200") && !before.contains("connection: close"),
        "{before}"
    );
    stop.leave();
    let answer = ask(&mut open, "/").await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"),
        "{answer}"
    );
    assert!(answer.ends_with("here"));
    assert_eq!(open.read(&mut [0; 16]).await.unwrap(), 0, "closed by the server");
    let mut new = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut new, "/readyz").await.starts_with("HTTP/1.1 503"));
    stop.request();
    assert!(stop.is_leaving());
}
