//! The five services as processes: their settings as an operator would write them, their start and their end.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use edina_runtime::service::Service;
use secrecy::ExposeSecret as _;
use toml::{Table, Value};

use crate::migrate::DatabaseUrls;

/// Names in the order in which they are started.
pub(super) const NAMES: [&str; 5] = [
    client_registry::App::NAME,
    lead_intake::App::NAME,
    call_tracking::App::NAME,
    notification::App::NAME,
    gateway::App::NAME,
];
/// Their databases.
pub(super) const DATABASES: [&str; 5] = [
    client_registry::DATABASE,
    lead_intake::DATABASE,
    call_tracking::DATABASE,
    notification::DATABASE,
    gateway::DATABASE,
];
const START_PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// gRPC and HTTP addresses of each service.
pub(super) type Addresses = BTreeMap<&'static str, (SocketAddr, SocketAddr)>;

/// A running service. It ends with this value, and with this process.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) name: &'static str,
    pub(super) pid: u32,
    child: tokio::process::Child,
}

/// What the settings are made of.
pub(super) struct Settings<'a> {
    pub(super) addresses: &'a Addresses,
    pub(super) databases: &'a DatabaseUrls,
    pub(super) nats_url: &'a str,
    pub(super) caller_key: &'a str,
    pub(super) group: &'a str,
    /// `ami://…`; none starts call-tracking without an exchange.
    pub(super) pbx_url: Option<&'a str>,
}

impl Settings<'_> {
    fn grpc(&self, name: &str) -> String {
        self.addresses
            .get(name)
            .map_or_else(String::new, |(grpc, _)| format!("http://{grpc}"))
    }

    fn http(&self, name: &str) -> String {
        self.addresses
            .get(name)
            .map_or_else(String::new, |(_, http)| format!("http://{http}"))
    }

    /// The settings file of a service. What is not named has its default, as in production.
    fn of(&self, name: &str) -> String {
        let database = match name {
            "client-registry" => &self.databases.registry,
            "lead-intake" => &self.databases.intake,
            "call-tracking" => &self.databases.calls,
            "notification" => &self.databases.notification,
            _ => &self.databases.gateway,
        };
        let mut table = Table::new();
        let mut set = |key: &str, value: String| table.insert(key.to_owned(), Value::String(value));
        set("database_url", database.expose_secret().to_owned());
        set("nats_url", self.nats_url.to_owned());
        set("caller_key", self.caller_key.to_owned());
        if let Some((grpc, http)) = self.addresses.get(name) {
            set("grpc_listen", grpc.to_string());
            set("http_listen", http.to_string());
        }
        if name != "client-registry" {
            set("registry_url", self.grpc("client-registry"));
        }
        if matches!(name, "notification" | "gateway") {
            set("intake_url", self.grpc("lead-intake"));
            set("calls_url", self.grpc("call-tracking"));
        }
        match name {
            "notification" => {
                set("console_url", self.http("gateway"));
                table.insert("sandbox".to_owned(), Value::Boolean(true));
            }
            "gateway" => {
                set("notification_url", self.grpc("notification"));
                set("intake_http_url", self.http("lead-intake"));
                set("calls_http_url", self.http("call-tracking"));
            }
            "call-tracking" => {
                if let Some(url) = self.pbx_url {
                    let mut pbx = Table::new();
                    for (key, value) in [("name", "bench"), ("group", self.group), ("url", url)] {
                        pbx.insert(key.to_owned(), Value::String(value.to_owned()));
                    }
                    table.insert("pbx".to_owned(), Value::Array(vec![Value::Table(pbx)]));
                }
            }
            _ => {}
        }
        table.to_string()
    }

    /// Starts a service and waits until it says that it is ready.
    pub(super) async fn start(&self, name: &'static str, folder: &Path) -> anyhow::Result<Running> {
        let (config, log) = (
            folder.join(format!("{name}.toml")),
            folder.join(format!("{name}.log")),
        );
        fs::write(&config, self.of(name))?;
        let log_file = fs::File::create(&log)?;
        let mut child = tokio::process::Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg(name)
            .arg(&config)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log_file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let pid = child.id().with_context(|| format!("{name} ended at once"))?;
        let url = format!("{}/readyz", self.http(name));
        let http = reqwest::Client::builder().no_proxy().build()?;
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            if http
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(Running { name, pid, child });
            }
            let ended = child.try_wait()?;
            anyhow::ensure!(
                ended.is_none() && Instant::now() < deadline,
                "{name} is not ready (ended: {ended:?}); it said:\n{}",
                tail(&log)
            );
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Running {
    /// Asks it to stop, as an operator would, and waits for it.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        // Closing standard input is the sign.
        drop(self.child.stdin.take());
        if tokio::time::timeout(START_PATIENCE, self.child.wait())
            .await
            .is_err()
        {
            self.child.kill().await?;
        }
        Ok(())
    }
}

/// Two free ports for each service.
pub(super) fn addresses() -> anyhow::Result<Addresses> {
    let mut taken = Vec::new();
    let mut next = || -> anyhow::Result<SocketAddr> {
        loop {
            let port = edina_devstack::free_port()?;
            if !taken.contains(&port) {
                taken.push(port);
                return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
            }
        }
    };
    NAMES
        .into_iter()
        .map(|name| Ok((name, (next()?, next()?))))
        .collect()
}

/// The last lines of a log.
pub(super) fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines
        .get(lines.len().saturating_sub(20)..)
        .unwrap_or(&[])
        .join("\n")
}
