//! Peers that speak their protocol and let nobody in.

use std::net::SocketAddr;

use futures::StreamExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// A message centre that refuses every bind: invalid password (0x0E).
pub(super) async fn message_centre() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0_u8; 16];
            if stream.read_exact(&mut head).await.is_err() {
                continue;
            }
            let mut answer = vec![0, 0, 0, 16, 0x80, 0, 0, 9, 0, 0, 0, 0x0E];
            answer.extend_from_slice(&head[12..]);
            drop(stream.write_all(&answer).await);
            // Until the other side has read it.
            let mut rest = tokio_stream(stream);
            while rest.next().await.is_some() {}
        }
    });
    address
}

/// Everything a peer still sends, byte by byte, until it hangs up.
fn tokio_stream(stream: tokio::net::TcpStream) -> impl futures::Stream<Item = u8> + Unpin {
    Box::pin(futures::stream::unfold(stream, |mut stream| async {
        stream.read_u8().await.ok().map(|byte| (byte, stream))
    }))
}

/// An exchange that knows nobody.
pub(super) async fn exchange() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.write_all(b"Asterisk Call Manager/5.0.4\r\n").await);
            let mut action = String::new();
            let mut buffer = [0_u8; 1024];
            while !action.contains("\r\n\r\n") {
                match stream.read(&mut buffer).await {
                    Ok(count) if count > 0 => action.push_str(&String::from_utf8_lossy(&buffer[..count])),
                    _ => break,
                }
            }
            let id = action
                .lines()
                .find_map(|line| line.strip_prefix("ActionID: "))
                .unwrap_or_default();
            let refusal =
                format!("Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n");
            drop(stream.write_all(refusal.as_bytes()).await);
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
        }
    });
    address
}

/// A mail relay that wants nothing from us.
pub(super) async fn relay() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.write_all(b"554 relay.example takes nothing\r\n").await);
            let mut rest = [0_u8; 256];
            while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
        }
    });
    address
}
