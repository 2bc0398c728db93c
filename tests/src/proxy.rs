//! A line between a service and a server that can be cut, stalled or refused.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What the line does with bytes and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Carries everything.
    Open,
    /// Connections stay, nothing moves: an unplugged switch.
    Stalled,
    /// Every connection is dropped and new ones are closed at once.
    Cut,
}

/// A TCP proxy on a free port of 127.0.0.1. Ends with its value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    line: Arc<watch::Sender<Line>>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Listens and forwards to `target`.
    pub async fn start(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let line = Arc::new(watch::Sender::new(Line::Open));
        let state = Arc::clone(&line);
        let task = tokio::spawn(async move {
            while let Ok((inner, _)) = listener.accept().await {
                let line = state.subscribe();
                if *line.borrow() == Line::Cut {
                    continue;
                }
                tokio::spawn(async move {
                    if let Ok(outer) = TcpStream::connect(target).await {
                        carry(inner, outer, line).await;
                    }
                });
            }
        });
        Ok(Self { address, line, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what the line does, for present and future connections.
    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.send_replace(Line::Cut);
        self.task.abort();
    }
}

async fn carry(inner: TcpStream, outer: TcpStream, mut line: watch::Receiver<Line>) {
    let (inner_read, inner_write) = inner.into_split();
    let (outer_read, outer_write) = outer.into_split();
    tokio::select! {
        () = pump(inner_read, outer_write, line.clone()) => {}
        () = pump(outer_read, inner_write, line.clone()) => {}
        _ = line.wait_for(|line| *line == Line::Cut) => {}
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut line: watch::Receiver<Line>,
) {
    let mut buffer = vec![0_u8; 16 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        if line.wait_for(|line| *line != Line::Stalled).await.is_err() {
            return;
        }
        let Some(bytes) = buffer.get(..count) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
