//! The far end of a local run: a small message centre and a small mail catcher on loopback.
//!
//! They speak SMPP 3.4 and SMTP, so that the real clients in [`crate::channel`] do the same work as in production;
//! nothing leaves the machine, nothing is written to disk. The last messages stay in memory for the console, which
//! shows them as a phone and a mailbox. [`Misbehaviour`] makes the centre fail in the ways real ones do.

mod mail_session;
pub mod mailbox;
pub mod phone;
mod smsc;

pub use mailbox::CaughtMail;
pub use phone::{CaughtSms, Misbehaviour};

use chrono::{DateTime, Utc};
use phone::Phone;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

/// Source of "now" for the times shown.
pub type TimeSource = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Sessions served at once by each of the two servers.
const MAX_SESSIONS: usize = 64;

/// How the sandbox is set up.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Where the message centre listens; port 0 picks a free one.
    pub smpp: SocketAddr,
    /// Where the mail catcher listens.
    pub smtp: SocketAddr,
    pub system_id: String,
    /// Up to 8 characters.
    pub password: String,
    /// Messages and mails kept, the oldest dropped first.
    pub keep: usize,
    /// From a complete message to its receipts.
    pub receipt_delay: Duration,
    pub misbehaviour: Misbehaviour,
    pub now: TimeSource,
}

impl SandboxConfig {
    /// Both servers on free loopback ports, well behaved.
    #[must_use]
    pub fn loopback(now: TimeSource) -> Self {
        let free = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Self {
            smpp: free,
            smtp: free,
            system_id: "edina".into(),
            password: "sandbox".into(),
            keep: 500,
            receipt_delay: Duration::from_millis(800),
            misbehaviour: Misbehaviour::default(),
            now,
        }
    }
}

/// Something arrived.
#[derive(Debug, Clone)]
pub enum Arrival {
    Sms(Arc<CaughtSms>),
    Mail(Arc<CaughtMail>),
}

/// A running sandbox; stops when dropped or when its token is cancelled.
pub struct Sandbox {
    /// For [`crate::channel::smpp::SmppConfig::from_url`].
    pub smpp_url: String,
    /// For [`crate::channel::smtp::SmtpConfig::from_url`].
    pub smtp_url: String,
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What both servers share.
struct Shared {
    pub config: SandboxConfig,
    phone: Mutex<Phone>,
    messages: Mutex<VecDeque<Arc<CaughtSms>>>,
    mails: Mutex<VecDeque<Arc<CaughtMail>>>,
    arrivals: broadcast::Sender<Arrival>,
}

impl Shared {
    fn caught_sms(&self, sms: CaughtSms) {
        let sms = Arc::new(sms);
        keep(&self.messages, Arc::clone(&sms), self.config.keep);
        // Nobody watching is fine.
        let _ = self.arrivals.send(Arrival::Sms(sms));
    }

    fn caught_mail(&self, mail: CaughtMail) {
        let mail = Arc::new(mail);
        keep(&self.mails, Arc::clone(&mail), self.config.keep);
        let _ = self.arrivals.send(Arrival::Mail(mail));
    }
}

fn keep<T>(store: &Mutex<VecDeque<T>>, item: T, most: usize) {
    let mut store = store.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    while store.len() >= most.max(1) {
        store.pop_front();
    }
    store.push_back(item);
}

fn all<T: Clone>(store: &Mutex<VecDeque<T>>) -> Vec<T> {
    store
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .iter()
        .cloned()
        .collect()
}

impl Sandbox {
    /// Binds both servers and serves in the background.
    ///
    /// # Errors
    /// An address cannot be bound.
    pub async fn start(config: SandboxConfig, stop: CancellationToken) -> std::io::Result<Self> {
        let smpp = TcpListener::bind(config.smpp).await?;
        let smtp = TcpListener::bind(config.smtp).await?;
        let smpp_url = with_login("smpp", smpp.local_addr()?, &config)?;
        let smtp_url = format!("smtp://{}?tls=none", smtp.local_addr()?);
        let (arrivals, _) = broadcast::channel(256);
        let shared = Arc::new(Shared {
            phone: Mutex::new(Phone::default()),
            messages: Mutex::default(),
            mails: Mutex::default(),
            arrivals,
            config,
        });
        let stop = stop.child_token();
        let tasks = TaskTracker::new();
        for (listener, kind) in [(smpp, Kind::Smpp), (smtp, Kind::Smtp)] {
            tasks.spawn(serve(
                listener,
                kind,
                Arc::clone(&shared),
                stop.clone(),
                tasks.clone(),
            ));
        }
        Ok(Self {
            smpp_url,
            smtp_url,
            shared,
            stop,
            tasks,
        })
    }

    /// Complete text messages, the oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Arc<CaughtSms>> {
        all(&self.shared.messages)
    }

    /// Mails, the oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Arc<CaughtMail>> {
        all(&self.shared.mails)
    }

    /// Arrivals from now on; a slow reader loses the oldest.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Arrival> {
        self.shared.arrivals.subscribe()
    }

    /// Ends all sessions and waits for them.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Smpp,
    Smtp,
}

async fn serve(
    listener: TcpListener,
    kind: Kind,
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let sessions = Arc::new(Semaphore::new(MAX_SESSIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles or the like: give the machine a moment.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(permit) = Arc::clone(&sessions).try_acquire_owned() else {
            continue;
        };
        let (shared, stop) = (Arc::clone(&shared), stop.clone());
        tasks.spawn(async move {
            let session = async {
                match kind {
                    Kind::Smpp => smsc::session(stream, &shared).await,
                    Kind::Smtp => mail_session::session(stream, &shared).await,
                }
            };
            tokio::select! {
                () = session => {}
                () = stop.cancelled() => {}
            }
            drop(permit);
        });
    }
}

fn with_login(scheme: &str, address: SocketAddr, config: &SandboxConfig) -> std::io::Result<String> {
    let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidInput);
    let mut url = Url::parse(&format!("{scheme}://{address}")).map_err(|_| invalid())?;
    url.set_username(&config.system_id).map_err(|()| invalid())?;
    url.set_password(Some(&config.password)).map_err(|()| invalid())?;
    Ok(url.to_string())
}
