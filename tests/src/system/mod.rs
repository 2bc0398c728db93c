//! The whole system for one or many journeys: servers, five processes, peers, one provisioned dealership group.

mod addresses;
mod configuration;
mod facts;
mod group;
mod run;
mod shape;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};

use edina_devstack::{DevStack, StackConfig};

use crate::{
    api::Api,
    balancer::{Balancer, Probe},
    peers::{mailbox::Mailbox, pbx::Pbx, smsc::Smsc},
    process::Process,
    proxy::Proxy,
};
pub use configuration::PBX;
pub use facts::{Echo, Stored};
pub use group::Group;
pub use shape::{Instance, Listens, Options, Service};

/// The running system. Dropping it stops everything; when a journey fails, the ends of all logs are shown.
#[derive(Debug)]
pub struct System {
    // In the order in which they must go: services first, servers last.
    processes: Mutex<HashMap<Instance, Process>>,
    listens: HashMap<Instance, Listens>,
    reached: HashMap<Service, Listens>,
    configurations: HashMap<Instance, PathBuf>,
    databases: HashMap<String, String>,
    caller_key: String,
    settings: &'static [(Service, &'static str, &'static str)],
    environment: &'static [(&'static str, &'static str)],
    group: Group,
    smsc: Option<Smsc>,
    mailbox: Option<Mailbox>,
    pbx: Pbx,
    nats_line: Option<Proxy>,
    postgres_line: Option<Proxy>,
    _balancers: Vec<(Balancer, Balancer, Vec<Probe>)>,
    stack: DevStack,
    folder: tempfile::TempDir,
}

/// Where the shared system's tasks live: no single test's runtime may own them.
fn background() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        runtime.expect("threads for the harness can be started")
    })
}

/// The system that independent journeys share. Shows the logs if the journey that holds it fails.
#[derive(Debug)]
pub struct Shared(&'static System);

impl std::ops::Deref for Shared {
    type Target = System;

    fn deref(&self) -> &System {
        self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.show_logs();
        }
    }
}

impl System {
    /// The system of this run; the first call starts it, it ends with the process.
    ///
    /// # Panics
    /// When it does not come up; the message says why.
    pub async fn shared() -> Shared {
        static SYSTEM: tokio::sync::OnceCell<Result<System, String>> = tokio::sync::OnceCell::const_new();
        let started = SYSTEM.get_or_init(|| async {
            let (done, started) = tokio::sync::oneshot::channel();
            std::thread::spawn(|| {
                let outcome = background().block_on(Self::try_start(Options::default()));
                drop(done.send(outcome.map_err(|error| format!("{error:#}"))));
            });
            started
                .await
                .unwrap_or_else(|_| Err("its thread ended".to_owned()))
        });
        match started.await {
            Ok(system) => Shared(system),
            Err(error) => panic!("the shared system does not come up: {error}"),
        }
    }

    /// A system of the journey's own, to be broken at will.
    ///
    /// # Panics
    /// When it does not come up; the message says why.
    pub async fn start(options: Options) -> Self {
        match Self::try_start(options).await {
            Ok(system) => system,
            Err(error) => panic!("the system does not come up: {error:#}"),
        }
    }

    /// Address of the gateway, `http://host:port`.
    pub fn console(&self) -> String {
        format!("http://{}", self.reached(Service::Gateway).http)
    }

    /// Where one copy itself listens.
    pub fn listens(&self, instance: impl Into<Instance>) -> Listens {
        *self
            .listens
            .get(&instance.into())
            .expect("every copy has its addresses")
    }

    /// Where others reach a service: its balancer, or the copy itself when there is only one.
    pub fn reached(&self, service: Service) -> Listens {
        *self
            .reached
            .get(&service)
            .expect("every service has its addresses")
    }

    /// Every copy of every service, in the order they are started.
    pub fn instances(&self) -> Vec<Instance> {
        let copies = self.listens.len() / Service::ALL.len();
        let of = |service: Service| (0..copies).map(move |number| service.copy(number));
        Service::ALL.into_iter().flat_map(of).collect()
    }

    /// The first dealership group with its administrator, token, keys and employees.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// The HTTP API as the first group's administrator.
    pub fn api(&self) -> Api {
        Api::new(&self.console(), &self.group.token)
    }

    /// The SMSC; none without Node.js or when `EDINA_TEST_PEERS=skip` says so, which is printed.
    pub fn smsc(&self) -> Option<&Smsc> {
        said(self.smsc.as_ref(), "the SMSC of npm")
    }

    /// The mail server; none when `EDINA_TEST_PEERS=skip` says so, which is printed.
    pub fn mailbox(&self) -> Option<&Mailbox> {
        said(self.mailbox.as_ref(), "the mail server of PyPI")
    }

    /// The PBX.
    pub fn pbx(&self) -> &Pbx {
        &self.pbx
    }

    /// The servers, to be stopped and started.
    pub fn servers(&self) -> &DevStack {
        &self.stack
    }

    /// The line to NATS, if asked for in [`Options`].
    pub fn nats_line(&self) -> Option<&Proxy> {
        self.nats_line.as_ref()
    }

    /// The services' line to PostgreSQL, if asked for in [`Options`].
    pub fn postgres_line(&self) -> Option<&Proxy> {
        self.postgres_line.as_ref()
    }

    /// URL of a service's database, as the service's own role, past any proxy.
    pub fn database_url(&self, service: Service) -> &str {
        self.databases.get(&service.database()).map_or("", String::as_str)
    }

    /// Folder of this system: configurations, logs, data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends of all logs on standard error.
    pub fn show_logs(&self) {
        let processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        for instance in self.instances() {
            if let Some(process) = processes.get(&instance) {
                eprintln!("{}", process.tail());
            }
        }
        for tail in [
            self.smsc.as_ref().map(Smsc::tail),
            self.mailbox.as_ref().map(Mailbox::tail),
        ]
        .into_iter()
        .flatten()
        {
            eprintln!("{tail}");
        }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_logs();
        }
    }
}

fn said<T>(peer: Option<T>, what: &str) -> Option<T> {
    if peer.is_none() {
        eprintln!("NOT RUN: what needs {what} (Node.js with npm is missing, or EDINA_TEST_PEERS=skip)");
    }
    peer
}

/// A stack in `folder/servers`.
async fn servers(folder: &Path) -> anyhow::Result<DevStack> {
    Ok(DevStack::start(StackConfig::new(folder.join("servers"))).await?)
}
