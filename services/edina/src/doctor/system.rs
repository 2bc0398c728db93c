//! The system that is looked at: its five services with the settings they would read.

use std::collections::BTreeMap;

use edina_runtime::{config::ServiceConfig, service::Service};
use sqlx::migrate::Migrator;

use super::{finding::Finding, settings};
use crate::installation::Installation;

/// What is known of a service from its code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    pub(crate) database: &'static str,
    pub(crate) migrator: &'static Migrator,
    /// Whose stream it fills: `intake` for `EDINA_INTAKE`.
    pub(crate) produces: &'static str,
    /// Whose streams it listens to. `deploy/check` holds this against the services.
    pub(crate) listens: &'static [&'static str],
    /// Full name of its gRPC service; none for the gateway.
    pub(crate) rpc: Option<&'static str>,
}

pub(crate) const REGISTRY: &str = "client-registry";
pub(crate) const INTAKE: &str = "lead-intake";
pub(crate) const CALLS: &str = "call-tracking";
pub(crate) const NOTIFICATION: &str = "notification";
pub(crate) const GATEWAY: &str = "gateway";

pub(crate) static SERVICES: [Facts; 5] = [
    Facts {
        name: REGISTRY,
        database: client_registry::DATABASE,
        migrator: &client_registry::MIGRATOR,
        produces: "registry",
        listens: &["intake", "calls", "notification"],
        rpc: Some("edina.registry.v1.ClientRegistry"),
    },
    Facts {
        name: INTAKE,
        database: lead_intake::DATABASE,
        migrator: &lead_intake::MIGRATOR,
        produces: "intake",
        listens: &["calls", "registry"],
        rpc: Some("edina.intake.v1.LeadIntake"),
    },
    Facts {
        name: CALLS,
        database: call_tracking::DATABASE,
        migrator: &call_tracking::MIGRATOR,
        produces: "calls",
        listens: &["registry"],
        rpc: Some("edina.calls.v1.CallTracking"),
    },
    Facts {
        name: NOTIFICATION,
        database: notification::DATABASE,
        migrator: &notification::MIGRATOR,
        produces: "notification",
        listens: &["intake", "calls"],
        rpc: Some("edina.notification.v1.Notification"),
    },
    Facts {
        name: GATEWAY,
        database: gateway::DATABASE,
        migrator: &gateway::MIGRATOR,
        produces: "gateway",
        listens: &[],
        rpc: None,
    },
];

/// A service whose settings could be read.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) facts: Facts,
    pub(crate) common: &'a ServiceConfig,
}

/// A call from one service to another.
#[derive(Debug)]
pub(crate) struct Way<'a> {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) setting: &'static str,
    pub(crate) url: &'a str,
}

/// The system.
#[derive(Debug)]
pub(crate) struct System {
    pub(crate) installation: Installation,
    gateway_http: Option<String>,
    registry: Option<client_registry::Config>,
    intake: Option<lead_intake::Config>,
    pub(crate) calls: Option<call_tracking::Config>,
    pub(crate) notification: Option<notification::Config>,
    pub(crate) gateway: Option<gateway::Config>,
}

impl System {
    /// Reads the settings of all five; what is wrong with them is added to `findings`.
    pub(crate) fn read(
        installation: Installation,
        gateway_http: Option<String>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        fn one<S: Service>(from: &Installation, findings: &mut Vec<Finding>) -> Option<S::Config> {
            settings::read::<S>(from, findings)
        }
        Self {
            registry: one::<client_registry::App>(&installation, findings),
            intake: one::<lead_intake::App>(&installation, findings),
            calls: one::<call_tracking::App>(&installation, findings),
            notification: one::<notification::App>(&installation, findings),
            gateway: one::<gateway::App>(&installation, findings),
            installation,
            gateway_http,
        }
    }

    /// The services whose settings could be read.
    pub(crate) fn services(&self) -> Vec<Known<'_>> {
        let commons: [Option<&ServiceConfig>; 5] = [
            self.registry.as_ref().map(|config| &config.common),
            self.intake.as_ref().map(|config| &config.common),
            self.calls.as_ref().map(|config| &config.common),
            self.notification.as_ref().map(|config| &config.common),
            self.gateway.as_ref().map(|config| &config.common),
        ];
        let known = SERVICES.into_iter().zip(commons);
        known
            .filter_map(|(facts, common)| {
                Some(Known {
                    facts,
                    common: common?,
                })
            })
            .collect()
    }

    /// Who calls whom, by the callers' settings.
    pub(crate) fn ways(&self) -> Vec<Way<'_>> {
        let mut ways = Vec::new();
        let mut way = |from, to, setting, url| {
            ways.push(Way {
                from,
                to,
                setting,
                url,
            })
        };
        if let Some(config) = &self.intake {
            way(INTAKE, REGISTRY, "registry_url", &*config.registry_url);
        }
        if let Some(config) = &self.calls {
            way(CALLS, REGISTRY, "registry_url", &*config.registry_url);
        }
        if let Some(config) = &self.notification {
            way(NOTIFICATION, REGISTRY, "registry_url", &*config.registry_url);
            way(NOTIFICATION, INTAKE, "intake_url", &*config.intake_url);
            way(NOTIFICATION, CALLS, "calls_url", &*config.calls_url);
        }
        if let Some(config) = &self.gateway {
            way(GATEWAY, REGISTRY, "registry_url", &*config.registry_url);
            way(GATEWAY, INTAKE, "intake_url", &*config.intake_url);
            way(GATEWAY, CALLS, "calls_url", &*config.calls_url);
            way(
                GATEWAY,
                NOTIFICATION,
                "notification_url",
                &*config.notification_url,
            );
        }
        ways
    }

    /// HTTP address of every service that has one we can know: what others call it by, or where it listens.
    pub(crate) fn http(&self) -> BTreeMap<&'static str, String> {
        let named = |service: &str| match service {
            INTAKE => self.gateway.as_ref()?.intake_http_url.clone(),
            CALLS => self.gateway.as_ref()?.calls_http_url.clone(),
            GATEWAY => self.gateway_http.clone(),
            _ => None,
        };
        let mut addresses = BTreeMap::new();
        for Known { facts, common } in self.services() {
            let listen = common.http_listen;
            let address = named(facts.name).or_else(|| {
                if listen.port() == 0 {
                    return None;
                }
                if !listen.ip().is_unspecified() {
                    return Some(format!("http://{listen}"));
                }
                let way = self.ways().into_iter().find(|way| way.to == facts.name);
                let host = way
                    .and_then(|way| reqwest::Url::parse(way.url).ok())
                    .and_then(|url| url.host_str().map(str::to_owned))
                    .unwrap_or_else(|| "127.0.0.1".to_owned());
                Some(format!("http://{host}:{}", listen.port()))
            });
            if let Some(address) = address {
                addresses.insert(facts.name, address.trim_end_matches('/').to_owned());
            }
        }
        addresses
    }
}
