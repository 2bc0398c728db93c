//! Settings of lead-intake.

use edina_runtime::config::ServiceConfig;
use serde::Deserialize;

/// Typed settings; see the service's README for the variables.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// What every service has.
    #[serde(flatten)]
    pub common: ServiceConfig,
    /// gRPC address of client-registry.
    pub registry_url: String,
    /// IANA zone for dates that name none, until the branch is known.
    #[serde(default = "default_zone")]
    pub default_zone: chrono_tz::Tz,
}

impl Config {
    /// Settings with the defaults for everything else.
    pub fn new(common: ServiceConfig, registry_url: String) -> Self {
        Self {
            common,
            registry_url,
            default_zone: default_zone(),
        }
    }
}

fn default_zone() -> chrono_tz::Tz {
    chrono_tz::Europe::Moscow
}
