//! One stable address in front of several copies of a service, as an ingress or a Kubernetes service has.
//!
//! It balances connections, not requests: each new connection goes to the next copy that `/readyz` says is ready, or,
//! when none is, to the next one at all; a copy that refuses it is passed over. It does not look into what it carries.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const PROBE_EVERY: Duration = Duration::from_millis(150);
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// Whether a copy is ready, looked at again and again. Ends with its value.
#[derive(Debug)]
pub struct Probe {
    ready: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Probe {
    /// Asks `/readyz` there.
    pub fn start(http: SocketAddr) -> Self {
        let ready = Arc::new(AtomicBool::new(false));
        let said = Arc::clone(&ready);
        let task = tokio::spawn(async move {
            loop {
                let answer = tokio::time::timeout(PROBE_PATIENCE, is_ready(http)).await;
                said.store(matches!(answer, Ok(Ok(true))), Ordering::Relaxed);
                tokio::time::sleep(PROBE_EVERY).await;
            }
        });
        Self { ready, task }
    }

    /// A copy of that readiness that listens at `address`.
    pub fn copy(&self, address: SocketAddr) -> Target {
        Target {
            address,
            ready: Arc::clone(&self.ready),
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn is_ready(http: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(http).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {http}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await?;
    Ok(status.ends_with(b" 200"))
}

/// One copy, as a balancer sees it.
#[derive(Debug, Clone)]
pub struct Target {
    address: SocketAddr,
    ready: Arc<AtomicBool>,
}

/// One that is taken to be ready always.
impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            ready: Arc::new(AtomicBool::new(true)),
        }
    }
}

/// A running balancer on a free port of 127.0.0.1. Ends with its value; its connections go on.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Balancer {
    /// Listens and carries each connection to one of `copies`.
    pub async fn start(copies: Vec<impl Into<Target>>) -> anyhow::Result<Self> {
        let copies: Vec<Target> = copies.into_iter().map(Into::into).collect();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (copies, next) = (Arc::new(copies), Arc::new(AtomicUsize::new(0)));
        let task = tokio::spawn(async move {
            loop {
                // Out of file descriptors for the moment, or the like: the next one may do.
                let Ok((mut inner, _)) = listener.accept().await else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let (copies, next) = (Arc::clone(&copies), Arc::clone(&next));
                tokio::spawn(async move {
                    let first = next.fetch_add(1, Ordering::Relaxed);
                    if let Some(mut outer) = connect(&copies, first).await {
                        inner.set_nodelay(true).ok();
                        outer.set_nodelay(true).ok();
                        drop(tokio::io::copy_bidirectional(&mut inner, &mut outer).await);
                    }
                });
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection to the first ready copy from `first` on that takes one, else to any copy that does.
async fn connect(copies: &[Target], first: usize) -> Option<TcpStream> {
    for only_ready in [true, false] {
        for step in 0..copies.len() {
            let copy = copies.get((first + step) % copies.len())?;
            if copy.ready.load(Ordering::Relaxed) != only_ready {
                continue;
            }
            if let Ok(stream) = TcpStream::connect(copy.address).await {
                return Some(stream);
            }
        }
    }
    None
}
