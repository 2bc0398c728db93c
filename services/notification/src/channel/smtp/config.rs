//! Settings of one mail relay, read from a URL: `smtp://user:pass@host:587?tls=required&from=Name <a@b>`.

use edina_runtime::tls::Trust;
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use std::net::IpAddr;
use std::time::Duration;
use url::{Host, Url};

/// How the line is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Only for a server on this machine.
    None,
    /// Plain greeting, then STARTTLS or nothing.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// Settings of one relay.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub login: Option<(String, SecretString)>,
    pub tls: TlsMode,
    /// Whom the relay must prove to that it is itself; none means the public authorities.
    pub trust: Option<Trust>,
    /// Sender of every mail, as `Name <address>` or an address.
    pub from: Mailbox,
    /// Connections at once.
    pub pool: usize,
    /// For connecting and for each step of the dialogue.
    pub step_timeout: Duration,
    /// For the server's word on a whole mail.
    pub data_timeout: Duration,
    /// An idle connection older than this is not used again.
    pub idle: Duration,
}

/// A URL that does not describe a relay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("SMTP address: {0}")]
pub struct BadUrl(pub String);

impl SmtpConfig {
    /// Believes these authorities instead of the public ones alone.
    #[must_use]
    pub fn believing(mut self, trust: &Trust) -> Self {
        self.trust = Some(trust.clone());
        self
    }

    /// Reads `smtp://user:pass@host:port?tls=none|required&from=…` or `smtps://…` (TLS from the first byte).
    ///
    /// # Errors
    /// Names the part that is wrong and what would be right.
    pub fn from_url(address: &str) -> Result<Self, BadUrl> {
        let bad = |what: &str| BadUrl(what.to_owned());
        let url = Url::parse(address).map_err(|error| BadUrl(error.to_string()))?;
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| bad("the host is missing"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let loopback = host == "localhost"
            || matches!(url.host(), Some(Host::Ipv4(ip)) if ip.is_loopback())
            || matches!(url.host(), Some(Host::Ipv6(ip)) if ip.is_loopback())
            || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let mut tls = match url.scheme() {
            "smtps" => TlsMode::Implicit,
            "smtp" if loopback => TlsMode::None,
            "smtp" => TlsMode::StartTls,
            _ => return Err(bad("the scheme must be smtp:// or smtps://")),
        };
        let mut from = None;
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "required") if tls == TlsMode::None => tls = TlsMode::StartTls,
                ("tls", "required") => {}
                ("tls", "none") if loopback && tls != TlsMode::Implicit => tls = TlsMode::None,
                ("tls", "none") => return Err(bad("tls=none is only for smtp:// on this machine")),
                ("tls", _) => return Err(bad("tls must be none or required")),
                ("from", text) => {
                    from = Some(
                        text.parse()
                            .map_err(|_| bad("from must be an address or Name <address>"))?,
                    );
                }
                _ => return Err(BadUrl(format!("unknown setting {name}; known are tls, from"))),
            }
        }
        let from = match from {
            Some(from) => from,
            None => "Edina <no-reply@localhost.localdomain>"
                .parse()
                .map_err(|_| bad("from is missing"))?,
        };
        let decoded = |text: &str| {
            percent_decode_str(text)
                .decode_utf8()
                .map(|text| text.into_owned())
        };
        let user = decoded(url.username()).map_err(|_| bad("the user is not UTF-8"))?;
        let password = decoded(url.password().unwrap_or("")).map_err(|_| bad("the password is not UTF-8"))?;
        let default_port = match tls {
            TlsMode::Implicit => 465,
            TlsMode::StartTls => 587,
            TlsMode::None => 25,
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(default_port),
            login: (!user.is_empty()).then(|| (user, password.into())),
            tls,
            trust: None,
            from,
            pool: 4,
            step_timeout: Duration::from_secs(30),
            data_timeout: Duration::from_secs(120),
            idle: Duration::from_secs(45),
        })
    }
}
