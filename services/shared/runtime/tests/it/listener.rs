//! What an HTTP listener does with clients that ask too much or take too long.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    routing::{get, post},
};
use edina_runtime::{http, limits::Limits, readiness::Readiness, stop::Stop};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// Nothing here takes as long as this.
const PATIENCE: Duration = Duration::from_secs(60);

/// `/echo` tells a body's length, at most 1000 bytes; `/gate` answers once a permit is there; `/bug` panics.
async fn start(limits: Limits) -> (SocketAddr, Arc<Semaphore>, Stop) {
    let gate = Arc::new(Semaphore::new(0));
    let routes = Router::new()
        .route("/echo", post(async |body: Bytes| body.len().to_string()))
        .route(
            "/gate",
            get(async |State(gate): State<Arc<Semaphore>>| {
                gate.acquire().await.map(drop).is_ok().to_string()
            }),
        )
        .route("/bug", get(bug))
        .route("/named/{name}", get(async |Path(name): Path<String>| name))
        .layer(DefaultBodyLimit::max(1000))
        .with_state(Arc::clone(&gate));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::new();
    let served = stop.clone();
    let router = http::operations(Readiness::default()).merge(routes);
    tokio::spawn(async move { http::serve(listener, router, &limits, served).await });
    (address, gate, stop)
}

async fn bug() -> &'static str {
    panic!("as if by mistake")
}

/// Everything the server says until it closes.
async fn last_words(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;
    read.expect("the server closes the connection").ok();
    String::from_utf8_lossy(&said).into_owned()
}

/// The answer to one request on a connection of its own.
async fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    last_words(stream).await
}

fn get_closing(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn a_head_that_never_ends_is_not_waited_for() {
    let (address, ..) = start(Limits {
        head_deadline: Duration::from_millis(200),
        ..Limits::default()
    })
    .await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow:")
        .await
        .unwrap();
    assert!(!last_words(stream).await.contains("200 OK"));
}

#[tokio::test]
async fn a_body_that_trickles_is_refused_with_its_reason() {
    let (address, ..) = start(Limits {
        body_deadline: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n")
        .await
        .unwrap();
    let (mut read, mut write) = stream.into_split();
    // One byte now and then must not keep the request alive.
    let trickle = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut said = Vec::new();
    tokio::time::timeout(PATIENCE, read.read_to_end(&mut said))
        .await
        .unwrap()
        .ok();
    trickle.abort();
    let said = String::from_utf8_lossy(&said);
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    assert!(
        said.contains("application/problem+json") && said.contains("/problems/too-slow"),
        "{said}"
    );
}

#[tokio::test]
async fn a_sender_of_far_too_much_reads_why_it_was_refused() {
    let (address, ..) = start(Limits::default()).await;
    for framing in ["content-length: 20000000", "transfer-encoding: chunked"] {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        let head = format!("POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{framing}\r\n\r\n");
        let chunked = framing.contains("chunked");
        let sending = tokio::spawn(async move {
            write.write_all(head.as_bytes()).await?;
            let block = vec![b'x'; 100_000];
            for _ in 0..200 {
                if chunked {
                    write.write_all(b"186A0\r\n").await?;
                }
                write.write_all(&block).await?;
                if chunked {
                    write.write_all(b"\r\n").await?;
                }
            }
            if chunked {
                write.write_all(b"0\r\n\r\n").await?;
            }
            std::io::Result::Ok(())
        });
        let mut said = Vec::new();
        tokio::time::timeout(PATIENCE, read.read_to_end(&mut said))
            .await
            .unwrap()
            .unwrap();
        let said = String::from_utf8_lossy(&said);
        assert!(said.starts_with("HTTP/1.1 413"), "{framing}: {said}");
        sending.await.unwrap().expect("the body is read off, not cut off");
    }
}

#[tokio::test]
async fn beyond_the_places_requests_are_turned_away_and_health_is_answered() {
    let (address, gate, _stop) = start(Limits {
        at_once: 2,
        waiting: 1,
        longest_wait: PATIENCE,
        ..Limits::default()
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(tokio::spawn(
            async move { ask(address, &get_closing("/gate")).await },
        ));
    }
    // Two are worked on and one waits: whoever comes now is refused. Until then a place may still be free.
    let refused = loop {
        let fourth = tokio::spawn(async move { ask(address, &get_closing("/gate")).await });
        let quick = tokio::time::timeout(Duration::from_millis(300), fourth).await;
        if let Ok(said) = quick {
            break said.unwrap();
        }
    };
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(
        refused.contains("retry-after: ") && refused.contains("/problems/overloaded"),
        "{refused}"
    );
    assert!(
        ask(address, &get_closing("/healthz"))
            .await
            .starts_with("HTTP/1.1 200")
    );
    assert!(
        ask(address, &get_closing("/metrics"))
            .await
            .starts_with("HTTP/1.1 200")
    );
    gate.add_permits(100);
    for answer in held {
        let said = answer.await.unwrap();
        assert!(
            said.starts_with("HTTP/1.1 200") || said.starts_with("HTTP/1.1 503"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_connection_too_many_is_told_so() {
    let (address, ..) = start(Limits {
        connections: 1,
        ..Limits::default()
    })
    .await;
    let first = TcpStream::connect(address).await.unwrap();
    let said = ask(address, &get_closing("/echo")).await;
    assert!(
        said.starts_with("HTTP/1.1 503") && said.contains("retry-after: "),
        "{said}"
    );
    drop(first);
    let deadline = std::time::Instant::now() + PATIENCE;
    while !ask(address, &get_closing("/healthz")).await.contains("200 OK") {
        assert!(
            std::time::Instant::now() < deadline,
            "the place of a closed connection is free again"
        );
    }
}

#[tokio::test]
async fn a_bug_is_a_problem_document_and_a_mad_head_an_error() {
    let (address, ..) = start(Limits::default()).await;
    let said = ask(address, &get_closing("/bug")).await;
    assert!(
        said.starts_with("HTTP/1.1 500") && said.contains("/problems/internal") && !said.contains("mistake"),
        "{said}"
    );
    for wrong in ["/named/%ff", "/nowhere"] {
        let said = ask(address, &get_closing(wrong)).await;
        assert!(
            said.starts_with("HTTP/1.1 4") && said.contains("application/problem+json"),
            "{wrong}: {said}"
        );
    }
    let many: String = (0..5000).map(|n| format!("x-{n}: y\r\n")).collect();
    for head in [
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
        format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", "x".repeat(300_000)),
        "GET /\u{0}\u{1} HTTP/1.1\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}".repeat(100),
    ] {
        let said = ask_whatever(address, head.as_bytes()).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    assert!(ask(address, &get_closing("/healthz")).await.contains("200 OK"));
}

/// The server may close while it is still being written to.
async fn ask_whatever(address: SocketAddr, request: &[u8]) -> String {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let (_, said) = tokio::join!(
        async {
            write.write_all(request).await.ok();
            write.shutdown().await.ok();
        },
        async {
            let mut said = Vec::new();
            tokio::time::timeout(PATIENCE, read.read_to_end(&mut said))
                .await
                .expect("closed")
                .ok();
            said
        }
    );
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn a_stop_lets_the_request_under_way_end() {
    let (address, gate, stop) = start(Limits::default()).await;
    let under_way = tokio::spawn(async move { ask(address, &get_closing("/gate")).await });
    // One permit to get through with and one to be seen taken.
    gate.add_permits(1);
    let said = under_way.await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n")
        .await
        .unwrap();
    // The server asks for the body: the request is being worked on.
    let mut said = [0_u8; 25];
    stream.read_exact(&mut said).await.unwrap();
    assert!(said.starts_with(b"HTTP/1.1 100"), "{said:?}");
    stop.request();
    stream.write_all(b"abc").await.unwrap();
    let said = last_words(stream).await;
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with('3'), "{said}");
    assert!(TcpStream::connect(address).await.is_err(), "nobody new is let in");
}
