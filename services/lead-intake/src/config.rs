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
    /// How many forms a public form name may bring. A source that shows its key is not counted.
    #[serde(default)]
    pub public_forms: Rate,
    /// How many of them one address may bring; counted only with `trust_forwarded_for`.
    #[serde(default = "default_of_address")]
    pub public_forms_of_address: Rate,
    /// The last `X-Forwarded-For` entry is who posts: only behind the gateway or a proxy of one's own, which sets it.
    #[serde(default)]
    pub trust_forwarded_for: bool,
}

/// So many in a time.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rate {
    /// In the long run.
    pub per_minute: u32,
    /// At once, after a quiet time.
    pub burst: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            per_minute: 300,
            burst: 100,
        }
    }
}

impl Config {
    /// Settings with the defaults for everything else.
    pub fn new(common: ServiceConfig, registry_url: String) -> Self {
        Self {
            common,
            registry_url,
            default_zone: default_zone(),
            public_forms: Rate::default(),
            public_forms_of_address: default_of_address(),
            trust_forwarded_for: false,
        }
    }
}

/// A household or an office fills in a few; whoever sends more is no visitor.
fn default_of_address() -> Rate {
    Rate {
        per_minute: 10,
        burst: 20,
    }
}

fn default_zone() -> chrono_tz::Tz {
    chrono_tz::Europe::Moscow
}
