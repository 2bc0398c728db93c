//! What the services of a local run were started with, in the files an installation has: for `edina doctor` and the
//! commands that set things up. Written anew at every start.

use std::path::Path;

use edina_runtime::{config::ServiceConfig, service::Addresses};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::installation::write;

/// A service with where it listens now.
pub(super) struct Started<'a> {
    pub(super) data_dir: &'a Path,
    pub(super) name: &'a str,
    pub(super) common: &'a ServiceConfig,
    pub(super) at: Addresses,
}

impl Started<'_> {
    /// Writes its file; `own` are the settings that it alone has. Null leaves a setting out.
    pub(super) fn write(&self, own: Value) -> anyhow::Result<()> {
        let mut settings = json!({
            "database_url": self.common.database_url.expose_secret(),
            "database_connections": self.common.database_connections,
            "nats_url": self.common.nats_url.expose_secret(),
            "stream_replicas": self.common.stream_replicas,
            "caller_key": self.common.caller_key.expose_secret(),
            "grpc_listen": self.at.grpc,
            "http_listen": self.at.http,
        });
        if let (Value::Object(all), Value::Object(own)) = (&mut settings, own) {
            all.extend(own.into_iter().filter(|(_, value)| !value.is_null()));
        }
        write(self.data_dir, self.name, &settings)
    }
}

/// A secret setting, null for none.
pub(super) fn secret(value: Option<&SecretString>) -> Value {
    value.map_or(Value::Null, |value| json!(value.expose_secret()))
}
