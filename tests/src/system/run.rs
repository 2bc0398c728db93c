//! Bringing the system up; ending and starting single services.

use std::{
    collections::{HashMap, HashSet},
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    sync::{Mutex, PoisonError},
};

use anyhow::Context as _;

use super::{Listens, Options, Service, System, configuration::Parts, group, servers};
use crate::{
    binaries,
    patience::{eventually, patience},
    peers::{install, mailbox::Mailbox, pbx::Pbx, smsc::Smsc},
    process::{Process, Program},
    proxy::Proxy,
};

/// The first group's id, as in a local run.
pub(super) const GROUP: &str = "main";

impl System {
    pub(super) async fn try_start(options: Options) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("edina-e2e-").tempdir()?;
        // PostgreSQL may have to run as another user, who must be able to pass through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let (stack, ()) = tokio::try_join!(servers(folder.path()), async {
            tokio::task::spawn_blocking(|| binaries::program("edina").map(drop)).await?
        })?;
        let databases = migrate(&stack.postgres_url("postgres"), folder.path())?;
        let smsc = if install::without_node() {
            None
        } else {
            Some(Smsc::start(folder.path()).await?)
        };
        let mailbox = if install::skipped() {
            None
        } else {
            Some(Mailbox::start(folder.path()).await?)
        };
        let pbx = Pbx::start().await?;
        let mut nats_url = stack.nats_url();
        let mut nats_line = None;
        if options.nats_proxy {
            let proxy = Proxy::start(SocketAddr::from(([127, 0, 0, 1], stack.nats_port()))).await?;
            nats_url = nats_url.replace(
                &format!(":{}", stack.nats_port()),
                &format!(":{}", proxy.address().port()),
            );
            nats_line = Some(proxy);
        }
        let caller_key = uuid::Uuid::now_v7().to_string();
        let listens = free_addresses()?;
        let (smpp_url, smtp_url) = (smsc.as_ref().map(Smsc::url), mailbox.as_ref().map(Mailbox::url));
        let parts = Parts {
            listens: &listens,
            databases: &databases,
            nats_url: &nats_url,
            caller_key: &caller_key,
            group: GROUP,
            pbx_url: &pbx.url(),
            smpp_url: smpp_url.as_deref(),
            smtp_url: smtp_url.as_deref(),
        };
        let mut configurations = HashMap::new();
        for service in Service::ALL {
            let path = folder.path().join(format!("{}.toml", service.name()));
            fs::write(&path, parts.toml(service))?;
            configurations.insert(service, path);
        }
        let mut system = Self {
            processes: Mutex::default(),
            listens,
            configurations,
            databases,
            caller_key,
            group: group::Group::default(),
            smsc,
            mailbox,
            pbx,
            nats_line,
            stack,
            folder,
        };
        system.launch_all().await?;
        system.group = system.add_group(GROUP, "Меридиан").await?;
        Ok(system)
    }

    async fn launch_all(&self) -> anyhow::Result<()> {
        for service in Service::ALL {
            self.launch(service)?;
        }
        for service in Service::ALL {
            self.ready(service).await?;
        }
        Ok(())
    }

    /// Starts a service that does not run; does not wait for it.
    pub fn launch(&self, service: Service) -> anyhow::Result<()> {
        let configuration = self.configurations.get(&service).context("no configuration")?;
        let process = Program::new(service.name(), binaries::folder()?.join(service.name()))
            .arg(configuration.to_string_lossy())
            .env(
                "RUST_LOG",
                std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned()),
            )
            .start(self.folder.path())?;
        let old = self
            .processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(service, process);
        drop(old);
        Ok(())
    }

    /// Waits until `/readyz` of a service says yes.
    pub async fn ready(&self, service: Service) -> anyhow::Result<()> {
        let url = format!("http://{}/readyz", self.listens(service).http);
        let deadline = std::time::Instant::now() + patience();
        let mut last = String::new();
        loop {
            match reqwest::get(&url).await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => last = answer.text().await.unwrap_or_default(),
                Err(error) => last = if last.is_empty() { error.to_string() } else { last },
            }
            let ended = self.with(service, Process::ended).flatten();
            anyhow::ensure!(
                ended.is_none() && std::time::Instant::now() < deadline,
                "{} is not ready ({last}; ended: {ended:?})\n{}",
                service.name(),
                self.with(service, |process| process.tail()).unwrap_or_default()
            );
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        }
    }

    /// SIGKILL, as a crash would.
    ///
    /// # Panics
    /// When it does not run or survives.
    pub fn kill(&self, service: Service) {
        let killed = self
            .with(service, Process::kill)
            .expect("the service was started");
        killed.expect("SIGKILL ends a process");
    }

    /// SIGTERM; its exit code. Waits without blocking the test's runtime, which may hold connections to it.
    ///
    /// # Panics
    /// When it does not run or does not stop.
    pub async fn stop(&self, service: Service) -> i32 {
        self.with(service, |process| process.signal(rustix::process::Signal::TERM))
            .expect("the service was started");
        let what = format!("{} stops when asked to", service.name());
        let status = eventually(&what, async || self.with(service, Process::ended).flatten()).await;
        status.code().unwrap_or(-1)
    }

    /// Starts a service again and waits until it is ready.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn restart(&self, service: Service) {
        self.launch(service).expect("the service can be started again");
        self.ready(service).await.expect("the service comes up again");
    }

    /// What a service has logged so far.
    pub fn log(&self, service: Service) -> String {
        self.with(service, |process| process.output()).unwrap_or_default()
    }

    fn with<T>(&self, service: Service, act: impl FnOnce(&mut Process) -> T) -> Option<T> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(&service)
            .map(act)
    }
}

/// `edina migrate`, as an operator runs it; the services' database URLs.
fn migrate(admin_url: &str, folder: &std::path::Path) -> anyhow::Result<HashMap<String, String>> {
    let mut process = Program::new("migrate", binaries::folder()?.join("edina"))
        .arg("migrate")
        .arg("--print-urls")
        .env("EDINA_ADMIN_DATABASE_URL", admin_url)
        .start(folder)?;
    let status = process.wait(patience())?;
    anyhow::ensure!(status.success(), "edina migrate: {}", process.tail());
    let lines: Vec<String> = process
        .output()
        .lines()
        .filter(|line| line.contains(" = \"postgres://"))
        .map(str::to_owned)
        .collect();
    let urls: HashMap<String, String> = toml::from_str(&lines.join("\n"))?;
    anyhow::ensure!(
        urls.len() == Service::ALL.len(),
        "edina migrate printed {} URLs",
        urls.len()
    );
    Ok(urls)
}

/// Two free ports per service, outside the range of outgoing connections: no client can take the port of a service
/// that is down for the moment.
fn free_addresses() -> anyhow::Result<HashMap<Service, Listens>> {
    let mut taken = HashSet::new();
    let mut next = || -> anyhow::Result<SocketAddr> {
        loop {
            let port = edina_devstack::free_port()?;
            if taken.insert(port) {
                return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
            }
        }
    };
    Service::ALL
        .into_iter()
        .map(|service| {
            Ok((
                service,
                Listens {
                    grpc: next()?,
                    http: next()?,
                },
            ))
        })
        .collect()
}
