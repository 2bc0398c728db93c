//! The providers this process sends through: configured ones, and the own sandbox for channels without.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use edina_runtime::clock::SharedClock;
use edina_runtime::tls::Trust;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use crate::{
    Config,
    channel::{
        LinkState, MailProvider, ProviderStatus, SmsProvider,
        smpp::{SmppClient, SmppConfig, check_sender},
        smtp::{SmtpClient, SmtpConfig},
    },
    sandbox::{Sandbox, SandboxConfig},
};

/// One provider.
pub struct Link<P> {
    pub provider: Arc<P>,
    /// Under which its ids are kept. A sandbox counts from 1 at every start, so each start is another name.
    pub name: String,
    pub sandboxed: bool,
    /// Host and port, for people.
    pub address: String,
    pub status: watch::Receiver<ProviderStatus>,
    seen: Arc<Mutex<Seen>>,
}

/// When the link last changed and last said anything.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub since: DateTime<Utc>,
    pub last_event_at: Option<DateTime<Utc>>,
}

impl<P> Link<P> {
    fn new(
        provider: P,
        status: watch::Receiver<ProviderStatus>,
        (kind, address): (&str, String),
        sandboxed: bool,
        clock: &SharedClock,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Seen {
            since: clock.now(),
            last_event_at: None,
        }));
        let name = if sandboxed {
            format!("{kind}-sandbox-{}", Uuid::now_v7())
        } else {
            format!("{kind}-{address}")
        };
        let watched = (status.clone(), Arc::clone(&seen), Arc::clone(clock));
        let usable = Usable::new(kind);
        tokio::spawn(follow(watched.0, watched.1, watched.2, usable));
        Self {
            provider: Arc::new(provider),
            name,
            sandboxed,
            address,
            status,
            seen,
        }
    }

    /// When the link last changed.
    pub fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It just said something: an answer or a receipt.
    pub fn heard(&self, now: DateTime<Utc>) {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last_event_at = Some(now);
    }
}

/// Ends with its provider.
async fn follow(
    mut status: watch::Receiver<ProviderStatus>,
    seen: Arc<Mutex<Seen>>,
    clock: SharedClock,
    usable: Usable,
) {
    let mut known = status.borrow().clone();
    usable.tell(&known);
    while status.changed().await.is_ok() {
        let present = status.borrow_and_update().clone();
        let now = clock.now();
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if (present.state, present.throttled) != (known.state, known.throttled) {
            seen.since = now;
        }
        seen.last_event_at = Some(now);
        usable.tell(&present);
        known = present;
    }
}

/// The metric that says whether messages can leave.
struct Usable {
    gauge: metrics::Gauge,
    /// Mail connects for each message: nothing is wrong before the first.
    connects_when_needed: bool,
}

impl Usable {
    fn new(kind: &str) -> Self {
        let connects_when_needed = kind == "smtp";
        let channel = if connects_when_needed { "email" } else { "sms" };
        Self {
            gauge: metrics::gauge!("edina_provider_up", "channel" => channel),
            connects_when_needed,
        }
    }

    fn tell(&self, status: &ProviderStatus) {
        let up = match status.state {
            LinkState::Up => true,
            LinkState::Connecting => self.connects_when_needed,
            LinkState::Down | LinkState::Refused | LinkState::Stopped => false,
        };
        self.gauge.set(if up { 1.0 } else { 0.0 });
    }
}

/// Read settings of the links; everything that can be wrong in them is said before the service starts.
pub struct LinkSettings {
    smpp: Option<SmppConfig>,
    smtp: Option<SmtpConfig>,
    sandbox: bool,
    sender: String,
    from: lettre::message::Mailbox,
    trust: Trust,
}

impl LinkSettings {
    /// # Errors
    /// A URL or sender that cannot be used; secrets are not repeated.
    pub fn read(config: &Config) -> anyhow::Result<Self> {
        let from = config
            .mail_from
            .parse()
            .map_err(|_| anyhow::anyhow!("mail_from: an address or Name <address> is expected"))?;
        let settings = Self {
            smpp: None,
            smtp: None,
            sandbox: config.sandbox,
            sender: config.sms_sender.clone(),
            from,
            trust: config.common.trust()?,
        };
        let smpp = config
            .smpp_url
            .as_ref()
            .map(|url| settings.smpp(url))
            .transpose()?;
        let smtp = config
            .smtp_url
            .as_ref()
            .map(|url| settings.smtp(url))
            .transpose()?;
        Ok(Self {
            smpp,
            smtp,
            ..settings
        })
    }

    fn smpp(&self, url: &SecretString) -> anyhow::Result<SmppConfig> {
        let mut config = SmppConfig::from_url(url.expose_secret())?.believing(&self.trust);
        if !names(url, "sender") {
            check_sender(&self.sender)?;
            config.sender.clone_from(&self.sender);
        }
        // A message is told "not sent" while the job that sends it still listens.
        config.queue_timeout = std::time::Duration::from_secs(10);
        config.response_timeout = std::time::Duration::from_secs(10);
        Ok(config)
    }

    fn smtp(&self, url: &SecretString) -> anyhow::Result<SmtpConfig> {
        let mut config = SmtpConfig::from_url(url.expose_secret())?.believing(&self.trust);
        if !names(url, "from") {
            config.from = self.from.clone();
        }
        Ok(config)
    }
}

fn names(url: &SecretString, setting: &str) -> bool {
    Url::parse(url.expose_secret()).is_ok_and(|url| url.query_pairs().any(|(name, _)| name == setting))
}

/// The providers in use.
pub struct Links {
    pub sms: Option<Link<SmppClient>>,
    pub mail: Option<Link<SmtpClient>>,
    pub sandbox: Option<Sandbox>,
}

impl Links {
    /// Starts the sandbox if a channel needs it, and begins to connect.
    pub async fn start(
        settings: LinkSettings,
        clock: &SharedClock,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let needed = settings.sandbox && (settings.smpp.is_none() || settings.smtp.is_none());
        let sandbox = if needed {
            let now = Arc::clone(clock);
            let config = SandboxConfig::loopback(Arc::new(move || now.now()));
            Some(Sandbox::start(config, stop.clone()).await?)
        } else {
            None
        };
        let own = |url: &String| SecretString::from(url.clone());
        let smpp = match (&settings.smpp, &sandbox) {
            (Some(config), _) => Some((config.clone(), false)),
            (None, Some(sandbox)) => Some((settings.smpp(&own(&sandbox.smpp_url))?, true)),
            (None, None) => None,
        };
        let smtp = match (&settings.smtp, &sandbox) {
            (Some(config), _) => Some((config.clone(), false)),
            (None, Some(sandbox)) => Some((settings.smtp(&own(&sandbox.smtp_url))?, true)),
            (None, None) => None,
        };
        let sms = smpp.map(|(config, sandboxed)| {
            let address = format!("{}:{}", config.host, config.port);
            let client = SmppClient::start(config, stop.clone());
            let status = SmsProvider::status(&client);
            Link::new(client, status, ("smpp", address), sandboxed, clock)
        });
        let mail = smtp.map(|(config, sandboxed)| {
            let address = format!("{}:{}", config.host, config.port);
            let client = SmtpClient::new(config);
            let status = MailProvider::status(&client);
            Link::new(client, status, ("smtp", address), sandboxed, clock)
        });
        Ok(Self { sms, mail, sandbox })
    }

    /// Lets submits in flight land and takes the links down.
    pub async fn stop(&self) {
        if let Some(sms) = &self.sms {
            sms.provider.stop().await;
        }
        if let Some(sandbox) = &self.sandbox {
            sandbox.stop().await;
        }
    }
}
