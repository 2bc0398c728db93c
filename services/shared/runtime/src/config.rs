//! Typed settings: one TOML file, environment variables over it.
//!
//! A service named `lead-intake` reads the file named by `LEAD_INTAKE_CONFIG` (or `--config`), then every
//! variable `LEAD_INTAKE_…` over it; `__` separates nested keys (`LEAD_INTAKE_SMS__URL`).

use std::{net::SocketAddr, path::Path, time::Duration};

use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};

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
    let prefix = format!("{}_", service.replace('-', "_").to_uppercase());
    let named = std::env::var_os(format!("{prefix}CONFIG"));
    let mut figment = Figment::new();
    if let Some(path) = file.map(Path::to_path_buf).or(named.map(Into::into)) {
        figment = figment.merge(Toml::file_exact(path));
    }
    figment
        .merge(Env::prefixed(&prefix).ignore(&["config"]).split("__"))
        .extract()
        .map_err(|source| ConfigError {
            service: service.to_owned(),
            source: Box::new(source),
        })
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
    /// OTLP gRPC endpoint, `http://host:4317`; none exports nothing.
    #[serde(default)]
    pub otlp_endpoint: Option<String>,
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
