//! The settings: those of every service, and where the group's people type phone numbers.

use edina_runtime::config::ServiceConfig;
use serde::Deserialize;

/// Settings of the client-registry.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// What every service has.
    #[serde(flatten)]
    pub common: ServiceConfig,
    /// Country whose national writing of phones is meant, ISO 3166.
    #[serde(default = "default_country")]
    pub home_country: String,
    /// City code put before short city numbers, `495`; without it they stay partial.
    #[serde(default)]
    pub home_area_code: Option<String>,
}

fn default_country() -> String {
    "RU".to_owned()
}
