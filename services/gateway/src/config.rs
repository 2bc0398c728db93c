//! The gateway's settings.

use edina_runtime::config::ServiceConfig;
use serde::Deserialize;

/// One TOML file, environment (`GATEWAY_…`) over it.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// What every service has. `http_listen` is where people and programs come.
    #[serde(flatten)]
    pub common: ServiceConfig,
    /// gRPC address of client-registry, `http://host:port`.
    pub registry_url: String,
    /// gRPC address of lead-intake.
    pub intake_url: String,
    /// gRPC address of call-tracking.
    pub calls_url: String,
    /// gRPC address of notification.
    pub notification_url: String,
    /// HTTP address of lead-intake, to be served under `/intake/`; none leaves that to the ingress.
    #[serde(default)]
    pub intake_http_url: Option<String>,
    /// HTTP address of call-tracking, to be served under `/telephony/`.
    #[serde(default)]
    pub calls_http_url: Option<String>,
    /// The address people use, `https://crm.example`: with https the cookie is `Secure`. Also shown in examples.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Whether the last `X-Forwarded-For` entry names the client: only behind a proxy of one's own.
    #[serde(default)]
    pub trust_forwarded_for: bool,
}

impl Config {
    /// Whether people come by https.
    pub fn secure_cookies(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }
}
