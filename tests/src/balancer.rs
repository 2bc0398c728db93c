//! One stable address in front of several copies of a service, as an ingress or a Kubernetes service has.
//!
//! It balances connections, not requests: each new connection goes to the next copy, and a copy that refuses it is
//! passed over. It knows nothing of readiness and does not look into what it carries.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::net::{TcpListener, TcpStream};

/// A running balancer on a free port of 127.0.0.1. Ends with its value; its connections go on.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Balancer {
    /// Listens and carries each connection to one of `copies`.
    pub async fn start(copies: Vec<SocketAddr>) -> anyhow::Result<Self> {
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

/// A connection to the first copy from `first` on that takes one.
async fn connect(copies: &[SocketAddr], first: usize) -> Option<TcpStream> {
    for step in 0..copies.len() {
        let copy = copies.get((first + step) % copies.len())?;
        if let Ok(stream) = TcpStream::connect(copy).await {
            return Some(stream);
        }
    }
    None
}
