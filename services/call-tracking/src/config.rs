//! Settings of call-tracking.

use edina_runtime::{config::ServiceConfig, group::GroupId};
use secrecy::SecretString;
use serde::Deserialize;

/// Typed settings; see the service's README for the variables.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// What every service has.
    #[serde(flatten)]
    pub common: ServiceConfig,
    /// gRPC address of client-registry.
    pub registry_url: String,
    /// The telephone exchanges.
    #[serde(default)]
    pub pbx: Vec<PbxConfig>,
    /// A callback is promised within this, minutes.
    #[serde(default = "default_callback_minutes")]
    pub callback_minutes: u32,
}

/// One telephone exchange.
#[derive(Debug, Clone, Deserialize)]
pub struct PbxConfig {
    /// Short name, unique among the exchanges; part of every call's identity, so never changed.
    pub name: String,
    /// Whose calls these are.
    pub group: GroupId,
    /// `ami://user:secret@host:port`
    pub url: SecretString,
    /// Regular expression of our extensions.
    #[serde(default = "default_extension")]
    pub extension: String,
    /// Names of the trunks; with trunks named, every other channel is a phone of ours.
    #[serde(default)]
    pub trunks: Vec<String>,
    /// Channel technology of the phones, for click-to-call.
    #[serde(default = "default_technology")]
    pub technology: String,
    /// Dialplan context outside numbers are dialled in, for click-to-call.
    #[serde(default = "default_context")]
    pub context: String,
}

impl Config {
    /// Settings without an exchange, and defaults for everything else.
    pub fn new(common: ServiceConfig, registry_url: String) -> Self {
        Self {
            common,
            registry_url,
            pbx: Vec::new(),
            callback_minutes: default_callback_minutes(),
        }
    }

    /// Adds an exchange with the usual numbering.
    pub fn add_pbx(&mut self, name: &str, group: GroupId, url: SecretString) {
        self.pbx.push(PbxConfig {
            name: name.to_owned(),
            group,
            url,
            extension: default_extension(),
            trunks: Vec::new(),
            technology: default_technology(),
            context: default_context(),
        });
    }
}

fn default_callback_minutes() -> u32 {
    15
}

fn default_extension() -> String {
    r"^\d{2,5}$".to_owned()
}

fn default_technology() -> String {
    "PJSIP".to_owned()
}

fn default_context() -> String {
    "from-internal".to_owned()
}
