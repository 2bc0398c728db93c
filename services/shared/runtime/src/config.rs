//! Typed settings: one TOML file, environment variables over it.
//!
//! A service named `lead-intake` reads the file named by `LEAD_INTAKE_CONFIG` (or `--config`), then every
//! variable `LEAD_INTAKE_…` over it; `__` separates nested keys (`LEAD_INTAKE_SMS__URL`).

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use tonic::transport::Channel;

use crate::{grpc, limits::Limits, tls::Trust};

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("settings of {service}: {source}")]
pub struct ConfigError {
    service: String,
    #[source]
    source: Box<figment::Error>,
}

/// Reads the settings of `service` from the file, if any, and the environment.
pub fn load<T: DeserializeOwned>(service: &str, file: Option<&Path>) -> Result<T, ConfigError> {
    sources(service, file).extract().map_err(|source| ConfigError {
        service: service.to_owned(),
        source: Box::new(source),
    })
}

fn sources(service: &str, file: Option<&Path>) -> Figment {
    let prefix = format!("{}_", service.replace('-', "_").to_uppercase());
    let named = std::env::var_os(format!("{prefix}CONFIG"));
    let mut figment = Figment::new();
    if let Some(path) = file.map(Path::to_path_buf).or(named.map(Into::into)) {
        figment = figment.merge(Toml::file_exact(path));
    }
    figment.merge(Env::prefixed(&prefix).ignore(&["config"]).split("__"))
}

/// Names of what is given to `service` and never read, `smpp_ulr` or `pbx.0.trunk`: slips of the pen, mostly.
///
/// Asks the settings' own type: a name whose value may be anything, nonsense included, is not looked at. Empty when
/// the settings cannot be read at all; [`load`] says why.
pub fn unread<T: DeserializeOwned>(service: &str, file: Option<&Path>) -> Vec<String> {
    let Ok(given) = sources(service, file).extract::<serde_json::Value>() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if reads::<T>(&given) {
        let places = places(&given, "");
        for place in &places {
            let inside_one_found = found
                .iter()
                .any(|above: &String| place.starts_with(&format!("{above}/")));
            if !inside_one_found
                && NONSENSE
                    .iter()
                    .all(|nonsense| reads_with::<T>(&given, place, nonsense))
            {
                found.push(place.clone());
            }
        }
    }
    found
        .into_iter()
        .map(|place| place.trim_start_matches('/').replace('/', "."))
        .collect()
}

/// No setting takes both of these.
const NONSENSE: [&str; 2] = [r#"{"no such setting": true}"#, r#"[["no such setting"]]"#];

fn reads<T: DeserializeOwned>(given: &serde_json::Value) -> bool {
    Figment::from(Serialized::defaults(given)).extract::<T>().is_ok()
}

fn reads_with<T: DeserializeOwned>(given: &serde_json::Value, place: &str, nonsense: &str) -> bool {
    let mut changed = given.clone();
    let Some(value) = changed.pointer_mut(place) else {
        return false;
    };
    *value = serde_json::from_str(nonsense).unwrap_or_default();
    reads::<T>(&changed)
}

/// JSON pointers of every named value, outer ones first.
fn places(value: &serde_json::Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                let inner = places(value, &place);
                found.push(place);
                found.extend(inner);
            }
        }
        serde_json::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                found.extend(places(item, &format!("{at}/{index}")));
            }
        }
        _ => {}
    }
    found
}

/// Settings that every service has. Flattened into each service's own.
#[derive(Debug, Clone, Deserialize)]
pub struct ServiceConfig {
    /// `postgres://` URL of the service's own database, with a role that row-level security binds.
    pub database_url: SecretString,
    /// Connections kept to PostgreSQL.
    #[serde(default = "default_database_connections")]
    pub database_connections: u32,
    /// `nats://` URL; a user name alone is taken as a token.
    pub nats_url: SecretString,
    /// Replicas of the JetStream streams.
    #[serde(default = "default_stream_replicas")]
    pub stream_replicas: usize,
    /// Key that signs the identity on calls between services; the same for all of them.
    pub caller_key: SecretString,
    /// Where gRPC listens.
    #[serde(default = "default_listen")]
    pub grpc_listen: SocketAddr,
    /// Where HTTP listens: health, metrics, and the public routes of the service if it has any.
    #[serde(default = "default_listen")]
    pub http_listen: SocketAddr,
    /// How long work in hand may take after a stop was asked for.
    #[serde(default = "default_stop_deadline", with = "humantime_serde")]
    pub stop_deadline: Duration,
    /// PEM file of authorities believed besides the public ones, for every TLS connection that the service makes.
    #[serde(default)]
    pub tls_ca: Option<PathBuf>,
    /// OTLP gRPC endpoint, `http://host:4317` or `https://…`; none exports nothing.
    #[serde(default)]
    pub otlp_endpoint: Option<String>,
    /// Bounds of the listeners.
    #[serde(default)]
    pub limits: Limits,
}

impl ServiceConfig {
    /// On free ports of the loopback, everything else as when it is not set.
    #[must_use]
    pub fn on_loopback(database_url: SecretString, nats_url: SecretString, caller_key: SecretString) -> Self {
        Self {
            database_url,
            database_connections: default_database_connections(),
            nats_url,
            stream_replicas: default_stream_replicas(),
            caller_key,
            grpc_listen: default_listen(),
            http_listen: default_listen(),
            stop_deadline: default_stop_deadline(),
            tls_ca: None,
            otlp_endpoint: None,
            limits: Limits::default(),
        }
    }

    /// Whom to believe when a server proves who it is.
    ///
    /// # Errors
    /// `tls_ca` cannot be used.
    pub fn trust(&self) -> anyhow::Result<Trust> {
        Trust::new(self.tls_ca.as_deref())
    }

    /// A channel to another service at `url`, see [`grpc::channel_trusting`].
    ///
    /// # Errors
    /// The URL or `tls_ca` cannot be used.
    pub fn channel(&self, url: &str) -> anyhow::Result<Channel> {
        grpc::channel_trusting(url, &self.trust()?)
    }
}

fn default_database_connections() -> u32 {
    8
}

fn default_stream_replicas() -> usize {
    1
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn default_stop_deadline() -> Duration {
    Duration::from_secs(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Own {
        #[serde(flatten)]
        common: ServiceConfig,
        #[serde(default)]
        smpp_url: Option<SecretString>,
        #[serde(default)]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Line {
        name: String,
        #[serde(default)]
        trunks: Vec<String>,
    }

    #[test]
    fn what_nobody_reads_is_named_wherever_it_stands() {
        let folder = std::env::temp_dir().join(format!("edina-config-{}", std::process::id()));
        let text = r#"
            database_url = "postgres://a"
            nats_url = "nats://b"
            caller_key = "c"
            stop_deadline = "3s"
            database_connections = 4
            smpp_url = "smpp://d"
            smpp_ulr = "smpp://e"
            [[lines]]
            name = "city"
            trunks = ["a"]
            trunk = ["b"]
        "#;
        std::fs::write(&folder, text).unwrap();
        let unread = unread::<Own>("config-test", Some(&folder));
        std::fs::remove_file(&folder).unwrap();
        assert_eq!(unread, ["lines.0.trunk", "smpp_ulr"]);
    }
}
