//! The connection to NATS: made when it can be, kept when it breaks.

use std::time::Duration;

use anyhow::Context as _;
use async_nats::{Client, ConnectOptions, connection::State, jetstream};
use edina_runtime::{config::ServiceConfig, readiness::Readiness, stop::Stop, tls::Trust};
use secrecy::{ExposeSecret as _, SecretString};

const PROBE_INTERVAL: Duration = Duration::from_secs(1);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const LONGEST_RECONNECT_DELAY_MS: u64 = 2_000;

/// Begins to connect; succeeds at once even while the server is away.
///
/// In the URL a user name without a password is taken as a token; with `tls://` the server must prove who it is.
pub async fn connect(url: &SecretString, service: &str) -> anyhow::Result<Client> {
    let (options, address) = options(url, service, &Trust::new(None)?)?;
    let options = options.retry_on_initial_connect();
    options.connect(address).await.context("connecting to NATS")
}

/// The same from the settings of a service.
pub async fn connect_as(settings: &ServiceConfig, service: &str) -> anyhow::Result<Client> {
    let (options, address) = options(&settings.nats_url, service, &settings.trust()?)?;
    let options = options.retry_on_initial_connect();
    options.connect(address).await.context("connecting to NATS")
}

/// Connects now or says why not, for tools that do not wait.
pub async fn connect_now(settings: &ServiceConfig, service: &str) -> anyhow::Result<Client> {
    let (options, address) = options(&settings.nats_url, service, &settings.trust()?)?;
    options.connect(address).await.context("connecting to NATS")
}

fn options(url: &SecretString, service: &str, trust: &Trust) -> anyhow::Result<(ConnectOptions, String)> {
    let parsed = url::Url::parse(url.expose_secret()).context("the NATS URL cannot be read")?;
    let mut options = ConnectOptions::new()
        .name(service)
        .custom_inbox_prefix(inbox_prefix(service))
        .request_timeout(Some(REQUEST_TIMEOUT))
        .connection_timeout(REQUEST_TIMEOUT)
        .reconnect_delay_callback(|attempts| {
            let exponent = u32::try_from(attempts.min(8)).unwrap_or(8);
            Duration::from_millis((25_u64 << exponent).min(LONGEST_RECONNECT_DELAY_MS))
        });
    options = match (parsed.username(), parsed.password()) {
        ("", _) => options,
        (token, None) => options.token(token.to_owned()),
        (user, Some(password)) => options.user_and_password(user.to_owned(), password.to_owned()),
    };
    if parsed.scheme() == "tls" {
        let client = trust.client_config();
        options = options.require_tls(true).tls_client_config((*client).clone());
    }
    let address = format!(
        "{}://{}:{}",
        parsed.scheme(),
        parsed.host_str().context("the NATS URL names no host")?,
        parsed.port().unwrap_or(4222)
    );
    Ok((options, address))
}

/// Replies and deliveries to a service arrive under a prefix of its own, so that the server can keep others from them.
fn inbox_prefix(service: &str) -> String {
    let token: String = service
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("_INBOX_{token}")
}

/// The JetStream context of a connection.
pub fn jetstream(client: &Client) -> jetstream::Context {
    let mut context = jetstream::new(client.clone());
    context.set_timeout(REQUEST_TIMEOUT);
    context
}

/// Keeps the readiness condition `nats` true to life until the stop.
pub async fn watch(client: Client, readiness: Readiness, stop: Stop) {
    let mut every = tokio::time::interval(PROBE_INTERVAL);
    loop {
        tokio::select! { _ = every.tick() => {}, () = stop.requested() => return }
        match client.connection_state() {
            State::Connected => readiness.up("nats"),
            state => readiness.behind("nats", format!("{state:?}")),
        }
    }
}
