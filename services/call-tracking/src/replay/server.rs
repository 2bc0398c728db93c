//! The listener of the played PBX and its controls.

use std::net::SocketAddr;
use std::sync::Arc;

use edina_runtime::clock::SharedClock;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::pbx::Pbx;
use super::scenario::Scenario;
use super::script::Player;
use super::session::{Credentials, Session};

/// Most connections at once.
const MAX_CONNECTIONS: usize = 32;

/// A manager interface on loopback that plays calls. Cheap to clone; all clones are the same PBX.
#[derive(Clone)]
pub struct ReplayServer {
    listener: Arc<TcpListener>,
    address: SocketAddr,
    credentials: Arc<Credentials>,
    pbx: Pbx,
    cut: Arc<watch::Sender<CancellationToken>>,
    places: Arc<Semaphore>,
}

impl ReplayServer {
    /// Listens on `address` (port 0 picks a free one) and lets in `user` with `secret`.
    ///
    /// # Errors
    /// The operating system's, when the address cannot be bound.
    pub async fn bind(
        address: SocketAddr,
        user: &str,
        secret: SecretString,
        clock: SharedClock,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener: Arc::new(listener),
            address,
            credentials: Arc::new(Credentials {
                user: user.to_owned(),
                secret,
            }),
            pbx: Pbx::new(clock),
            cut: Arc::new(watch::Sender::new(CancellationToken::new())),
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections until `stop` resolves, then tells `Shutdown` and closes them.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            let Ok((stream, _)) = accepted else {
                // Out of file handles, for instance: a moment later there may be some.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
                continue;
            };
            let session = Session {
                pbx: self.pbx.clone(),
                credentials: Arc::clone(&self.credentials),
            };
            let cut = self.cut.borrow().clone();
            tokio::spawn(async move {
                cut.run_until_cancelled(session.serve(stream)).await;
                drop(place);
            });
        }
        self.pbx.tell(
            "Shutdown",
            "system",
            &[],
            &[("Shutdown", "Cleanly"), ("Restart", "False")],
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        self.cut_connections();
    }

    /// Plays a call to its end, whoever listens, and answers its `Linkedid`. Several may be played at once.
    pub async fn play(&self, scenario: &Scenario) -> String {
        Player {
            pbx: &self.pbx,
            scenario,
        }
        .play()
        .await
    }

    /// Fault: breaks every connection without a word. Calls go on; new connections are let in.
    pub fn cut_connections(&self) {
        self.cut.send_replace(CancellationToken::new()).cancel();
    }

    /// Fault: loses every channel without a word and breaks the connections, as a crash does. Calls being played
    /// go on talking about channels nobody lists.
    pub fn crash(&self) {
        self.pbx.forget();
        self.cut_connections();
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        MAX_CONNECTIONS - self.places.available_permits()
    }

    /// How many channels are live.
    pub fn live_channels(&self) -> usize {
        self.pbx.lines().len()
    }
}
