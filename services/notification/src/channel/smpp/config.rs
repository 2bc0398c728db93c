//! Settings of one SMPP link, read from a URL: `smpp://system_id:password@host:2775?sender=DEALER&window=10`, or
//! `smpps://…:3550` for TLS from the first byte.

use edina_runtime::tls::Trust;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// Settings of one link. Every wait is bounded here.
#[derive(Debug, Clone)]
pub struct SmppConfig {
    pub host: String,
    pub port: u16,
    /// Whom the centre must prove to that it is itself; none speaks without TLS.
    pub tls: Option<Trust>,
    /// Up to 15 octets.
    pub system_id: String,
    /// Up to 8 octets.
    pub password: SecretString,
    /// Up to 12 octets; usually empty.
    pub system_type: String,
    /// Sender when the message names none: up to 11 Latin characters or digits.
    pub sender: String,
    /// Submits awaiting an answer at once, 1 to 100.
    pub window: usize,
    /// Most parts of one message.
    pub max_parts: usize,
    /// Messages waiting for the link; more are turned away at once.
    pub queue: usize,
    pub connect_timeout: Duration,
    /// An answer later than this is no answer: the outcome is unknown.
    pub response_timeout: Duration,
    /// Silence after which the link is probed.
    pub enquire_interval: Duration,
    /// Longest a message waits for its turn before it is given back unsent.
    pub queue_timeout: Duration,
    /// First pause after a lost link, or after being told to slow down.
    pub backoff_first: Duration,
    pub backoff_most: Duration,
}

/// A URL that does not describe an SMPP link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("SMPP address: {0}")]
pub struct BadUrl(pub String);

impl SmppConfig {
    /// Reads `smpp://system_id:password@host:port` or `smpps://…` with optional `sender`, `system_type`, `window`, `max_parts`.
    ///
    /// # Errors
    /// Names the part that is wrong and what would be right.
    pub fn from_url(address: &str) -> Result<Self, BadUrl> {
        let bad = |what: &str| BadUrl(what.to_owned());
        let url = Url::parse(address).map_err(|error| BadUrl(error.to_string()))?;
        let (tls, port) = match url.scheme() {
            "smpp" => (None, 2775),
            "smpps" => (
                Some(Trust::new(None).map_err(|error| BadUrl(error.to_string()))?),
                3550,
            ),
            _ => return Err(bad("the scheme must be smpp:// or smpps://")),
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| bad("the host is missing"))?;
        let decoded = |text: &str| {
            percent_decode_str(text)
                .decode_utf8()
                .map(|text| text.into_owned())
        };
        let system_id = decoded(url.username()).map_err(|_| bad("system_id is not UTF-8"))?;
        let password = decoded(url.password().unwrap_or("")).map_err(|_| bad("the password is not UTF-8"))?;
        if system_id.is_empty() || system_id.len() > 15 {
            return Err(bad("system_id (before the colon) must have 1 to 15 characters"));
        }
        if password.len() > 8 {
            return Err(bad("the password may have at most 8 characters in SMPP 3.4"));
        }
        let mut config = Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            tls,
            system_id,
            password: password.into(),
            ..Self::default()
        };
        for (name, value) in url.query_pairs() {
            let number = |most: usize| {
                value
                    .parse::<usize>()
                    .ok()
                    .filter(|number| (1..=most).contains(number))
                    .ok_or_else(|| BadUrl(format!("{name} must be a number from 1 to {most}")))
            };
            match &*name {
                "sender" => config.sender = value.into_owned(),
                "system_type" if value.len() <= 12 => config.system_type = value.into_owned(),
                "window" => config.window = number(100)?,
                "max_parts" => config.max_parts = number(255)?,
                "system_type" => return Err(bad("system_type may have at most 12 characters")),
                _ => {
                    return Err(BadUrl(format!(
                        "unknown setting {name}; known are sender, system_type, window, max_parts"
                    )));
                }
            }
        }
        check_sender(&config.sender)?;
        Ok(config)
    }

    /// Believes these authorities instead of the public ones alone, where TLS is spoken.
    #[must_use]
    pub fn believing(mut self, trust: &Trust) -> Self {
        if let Some(believed) = &mut self.tls {
            believed.clone_from(trust);
        }
        self
    }
}

/// Whether this can stand as the sender of messages.
///
/// # Errors
/// Says what a sender may be.
pub fn check_sender(sender: &str) -> Result<(), BadUrl> {
    let digits = sender.strip_prefix('+').unwrap_or(sender);
    let number = (1..=20).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit());
    let name = (1..=11).contains(&sender.len()) && sender.bytes().all(|octet| (b' '..=b'~').contains(&octet));
    if number || name {
        return Ok(());
    }
    Err(BadUrl(
        "the sender must be a name of 1 to 11 Latin characters or a number of at most 20 digits".to_owned(),
    ))
}

impl Default for SmppConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 2775,
            tls: None,
            system_id: String::new(),
            password: String::new().into(),
            system_type: String::new(),
            sender: "EDINA".into(),
            window: 10,
            max_parts: super::encoding::DEFAULT_MAX_PARTS,
            queue: 1000,
            connect_timeout: Duration::from_secs(10),
            response_timeout: Duration::from_secs(30),
            enquire_interval: Duration::from_secs(30),
            queue_timeout: Duration::from_secs(60),
            backoff_first: Duration::from_millis(500),
            backoff_most: Duration::from_secs(30),
        }
    }
}
