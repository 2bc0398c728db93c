//! One TOML file per service, as an operator would write it.

use std::{collections::HashMap, fmt::Write as _};

use super::{Instance, Listens, Service};

/// Name of the group's PBX in the settings of call-tracking.
pub const PBX: &str = "asterisk";

/// What the files are made of.
pub(super) struct Parts<'a> {
    pub(super) listens: &'a HashMap<Instance, Listens>,
    pub(super) reached: &'a HashMap<Service, Listens>,
    pub(super) databases: &'a HashMap<String, String>,
    pub(super) nats_url: &'a str,
    pub(super) caller_key: &'a str,
    pub(super) group: &'a str,
    pub(super) pbx_url: &'a str,
    pub(super) smpp_url: Option<&'a str>,
    pub(super) smtp_url: Option<&'a str>,
}

impl Parts<'_> {
    fn grpc(&self, service: Service) -> String {
        self.reached
            .get(&service)
            .map(|listens| format!("http://{}", listens.grpc))
            .unwrap_or_default()
    }

    fn http(&self, service: Service) -> String {
        self.reached
            .get(&service)
            .map(|listens| format!("http://{}", listens.http))
            .unwrap_or_default()
    }

    /// The file of one copy.
    pub(super) fn toml(&self, instance: Instance) -> String {
        let service = instance.service;
        let mut settings = vec![
            (
                "database_url",
                self.databases
                    .get(&service.database())
                    // The server of the tests speaks in the clear; with an authority of its own a service would not.
                    .map(|url| format!("{url}?sslmode=disable"))
                    .unwrap_or_default(),
            ),
            ("nats_url", self.nats_url.to_owned()),
            ("caller_key", self.caller_key.to_owned()),
        ];
        if let Some(listens) = self.listens.get(&instance) {
            settings.push(("grpc_listen", listens.grpc.to_string()));
            settings.push(("http_listen", listens.http.to_string()));
        }
        let registry = ("registry_url", self.grpc(Service::Registry));
        let intake = ("intake_url", self.grpc(Service::Intake));
        let calls = ("calls_url", self.grpc(Service::Calls));
        let mut tables = String::new();
        match service {
            Service::Registry => {}
            Service::Intake => settings.push(registry),
            Service::Calls => {
                settings.push(registry);
                tables = format!(
                    "\n[[pbx]]\nname = \"{PBX}\"\ngroup = {:?}\nurl = {:?}\n",
                    self.group, self.pbx_url
                );
            }
            Service::Notification => {
                settings.extend([registry, intake, calls]);
                settings.push(("console_url", self.http(Service::Gateway)));
                settings.extend(self.smpp_url.map(|url| ("smpp_url", url.to_owned())));
                settings.extend(self.smtp_url.map(|url| ("smtp_url", url.to_owned())));
            }
            Service::Gateway => {
                settings.extend([registry, intake, calls]);
                settings.push(("notification_url", self.grpc(Service::Notification)));
                settings.push(("intake_http_url", self.http(Service::Intake)));
                settings.push(("calls_http_url", self.http(Service::Calls)));
            }
        }
        let mut file = String::new();
        for (name, value) in settings {
            // A formatted string cannot fail; Debug of plain ASCII is a TOML string.
            writeln!(file, "{name} = {value:?}").ok();
        }
        file + &tables
    }
}
