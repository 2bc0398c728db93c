//! Where a PBX is and how to sign in there: `ami://user:secret@host:port`, over TLS `amis://…`. After a `?`,
//! `auth=md5` where the manager user is checked by challenge.

use std::time::Duration;

use edina_runtime::tls::Trust;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

/// The port a manager interface listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 5038;
/// The same with TLS.
pub const DEFAULT_TLS_PORT: u16 = 5039;

/// How the secret is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Sent as it is; fit for loopback or a private network.
    Plain,
    /// Answer to a challenge; the secret does not travel.
    Md5,
}

/// A PBX to connect to. `Debug` hides the secret.
#[derive(Debug, Clone)]
pub struct PbxAddress {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Manager user.
    pub user: String,
    /// Its secret.
    pub secret: SecretString,
    /// How the secret is proved.
    pub auth: Auth,
    /// Whom to believe when TLS is spoken: the public authorities unless replaced. None speaks in the clear.
    pub tls: Option<Trust>,
}

/// Why a PBX address cannot be used. The text never repeats the address: it holds the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Another scheme.
    #[error("a PBX address begins with ami://, or with amis:// for TLS")]
    Scheme,
    /// No `user:secret@`.
    #[error("a PBX address names its user and secret: ami://user:secret@host:port")]
    Credentials,
    /// No host.
    #[error("a PBX address names a host: ami://user:secret@host:port")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port of a PBX address is a number from 1 to 65535")]
    Port,
    /// `auth` is neither `plain` nor `md5`.
    #[error("the only setting of a PBX address is auth=plain or auth=md5")]
    Setting,
    /// This build cannot do TLS.
    #[error("TLS cannot be set up")]
    Tls,
}

impl PbxAddress {
    /// Believes these authorities instead of the public ones alone, where TLS is spoken.
    #[must_use]
    pub fn believing(mut self, trust: &Trust) -> Self {
        if let Some(believed) = &mut self.tls {
            believed.clone_from(trust);
        }
        self
    }
}

impl std::str::FromStr for PbxAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        let (rest, tls) = match (text.strip_prefix("ami://"), text.strip_prefix("amis://")) {
            (Some(rest), _) => (rest, None),
            (None, Some(rest)) => (rest, Some(Trust::new(None).map_err(|_| InvalidAddress::Tls)?)),
            (None, None) => return Err(InvalidAddress::Scheme),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let auth = match query {
            "" | "auth=plain" => Auth::Plain,
            "auth=md5" => Auth::Md5,
            _ => return Err(InvalidAddress::Setting),
        };
        let (credentials, place) = rest
            .trim_end_matches('/')
            .rsplit_once('@')
            .ok_or(InvalidAddress::Credentials)?;
        let (user, secret) = credentials.split_once(':').ok_or(InvalidAddress::Credentials)?;
        let decode = |s: &str| {
            percent_decode_str(s)
                .decode_utf8()
                .map(String::from)
                .map_err(|_| InvalidAddress::Credentials)
        };
        let (user, secret) = (decode(user)?, decode(secret)?);
        if user.is_empty() {
            return Err(InvalidAddress::Credentials);
        }
        let (host, port) = match place.strip_prefix('[').and_then(|p| p.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => place
                .rsplit_once(':')
                .map_or((place, None), |(host, port)| (host, Some(port))),
        };
        if host.is_empty() {
            return Err(InvalidAddress::Host);
        }
        let port = match port {
            None if tls.is_some() => DEFAULT_TLS_PORT,
            None => DEFAULT_PORT,
            Some(port) => port
                .parse()
                .ok()
                .filter(|p| *p != 0)
                .ok_or(InvalidAddress::Port)?,
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            user,
            secret: SecretString::from(secret),
            auth,
            tls,
        })
    }
}

/// Times and bounds of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// For TCP, TLS, greeting and sign-in, each.
    pub connect_timeout: Duration,
    /// A ping goes out so often; three pings without a byte back mean the PBX is gone.
    pub ping_every: Duration,
    /// First pause before connecting again; doubles with each failure, with jitter.
    pub backoff_from: Duration,
    /// Longest pause; also the pause after a refused sign-in.
    pub backoff_to: Duration,
    /// Signals kept for a slow reader. Beyond that events are dropped and a resynchronisation follows.
    pub signals: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            ping_every: Duration::from_secs(15),
            backoff_from: Duration::from_millis(500),
            backoff_to: Duration::from_secs(30),
            signals: 8_192,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let a: PbxAddress = "ami://edina:s%40c:ret@pbx.example:5039?auth=md5".parse().unwrap();
        assert_eq!(
            (a.host.as_str(), a.port, a.user.as_str(), a.auth),
            ("pbx.example", 5039, "edina", Auth::Md5)
        );
        assert!(!format!("{a:?}").contains("@c:ret"));
        let v6: PbxAddress = "ami://u:p@[::1]/".parse().unwrap();
        assert_eq!((v6.host.as_str(), v6.port), ("::1", DEFAULT_PORT));
        assert!(a.tls.is_none() && v6.tls.is_none());
        let tls: PbxAddress = "amis://u:p@pbx.example?auth=md5".parse().unwrap();
        assert_eq!((tls.port, tls.auth), (DEFAULT_TLS_PORT, Auth::Md5));
        assert!(tls.tls.is_some());
    }

    #[test]
    fn bad_addresses_say_what_is_wrong() {
        let error = |s: &str| s.parse::<PbxAddress>().unwrap_err();
        assert_eq!(error("http://u:p@h"), InvalidAddress::Scheme);
        assert_eq!(error("ami://h:1"), InvalidAddress::Credentials);
        assert_eq!(error("ami://u:p@:1"), InvalidAddress::Host);
        assert_eq!(error("ami://u:p@h:0"), InvalidAddress::Port);
        assert_eq!(error("ami://u:p@h?x=1"), InvalidAddress::Setting);
    }
}
