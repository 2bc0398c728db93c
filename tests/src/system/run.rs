//! Bringing the system up; ending and starting single services.

use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    sync::{Mutex, PoisonError},
};

use anyhow::Context as _;

use super::{
    Instance, Options, Service, System,
    addresses::{balance, free_addresses, line, through},
    configuration::Parts,
    group, servers,
};
use crate::{
    binaries,
    patience::{eventually, patience},
    peers::{install, mailbox::Mailbox, pbx::Pbx, smsc::Smsc},
    process::{Process, Program},
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
            let proxy = line(stack.nats_port()).await?;
            nats_url = through(&nats_url, stack.nats_port(), &proxy);
            nats_line = Some(proxy);
        }
        let mut seen = databases.clone();
        let mut postgres_line = None;
        if options.postgres_proxy {
            let proxy = line(stack.postgres_port()).await?;
            for url in seen.values_mut() {
                *url = through(url, stack.postgres_port(), &proxy);
            }
            postgres_line = Some(proxy);
        }
        let caller_key = uuid::Uuid::now_v7().to_string();
        let listens = free_addresses(options.copies)?;
        let (reached, balancers) = balance(&listens, options.copies).await?;
        let (smpp_url, smtp_url) = (smsc.as_ref().map(Smsc::url), mailbox.as_ref().map(Mailbox::url));
        let parts = Parts {
            listens: &listens,
            reached: &reached,
            databases: &seen,
            nats_url: &nats_url,
            caller_key: &caller_key,
            group: GROUP,
            pbx_url: &pbx.url(),
            smpp_url: smpp_url.as_deref(),
            smtp_url: smtp_url.as_deref(),
        };
        let mut configurations = HashMap::new();
        for &instance in listens.keys() {
            let path = folder.path().join(format!("{}.toml", instance.name()));
            fs::write(&path, parts.toml(instance))?;
            configurations.insert(instance, path);
        }
        let mut system = Self {
            processes: Mutex::default(),
            listens,
            reached,
            configurations,
            databases,
            caller_key,
            settings: options.settings,
            environment: options.environment,
            group: group::Group::default(),
            smsc,
            mailbox,
            pbx,
            nats_line,
            postgres_line,
            _balancers: balancers,
            stack,
            folder,
        };
        system.launch_all().await?;
        system.group = system.add_group(GROUP, "Меридиан").await?;
        Ok(system)
    }

    async fn launch_all(&self) -> anyhow::Result<()> {
        for instance in self.instances() {
            self.launch(instance)?;
        }
        for instance in self.instances() {
            self.ready(instance).await?;
        }
        Ok(())
    }

    /// Starts a copy that does not run; does not wait for it.
    pub fn launch(&self, instance: impl Into<Instance>) -> anyhow::Result<()> {
        let instance = instance.into();
        let configuration = self
            .configurations
            .get(&instance)
            .context("there is no such copy")?;
        let program = binaries::folder()?.join(instance.service.name());
        let mut program = Program::new(&instance.name(), program)
            .arg(configuration.to_string_lossy())
            .env(
                "RUST_LOG",
                std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned()),
            );
        for (service, setting, value) in self.settings {
            if *service == instance.service {
                program = program.env(&service.variable(setting), *value);
            }
        }
        for (name, value) in self.environment {
            program = program.env(name, *value);
        }
        let process = program.start(self.folder.path())?;
        let old = self
            .processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(instance, process);
        drop(old);
        Ok(())
    }

    /// Waits until `/readyz` of a copy says yes.
    pub async fn ready(&self, instance: impl Into<Instance>) -> anyhow::Result<()> {
        let instance = instance.into();
        let url = format!("http://{}/readyz", self.listens(instance).http);
        let deadline = std::time::Instant::now() + patience();
        let mut last = String::new();
        loop {
            match reqwest::get(&url).await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => last = answer.text().await.unwrap_or_default(),
                Err(error) => last = if last.is_empty() { error.to_string() } else { last },
            }
            let ended = self.with(instance, Process::ended).flatten();
            anyhow::ensure!(
                ended.is_none() && std::time::Instant::now() < deadline,
                "{} is not ready ({last}; ended: {ended:?})\n{}",
                instance.name(),
                self.with(instance, |process| process.tail()).unwrap_or_default()
            );
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        }
    }

    /// SIGKILL, as a crash would.
    ///
    /// # Panics
    /// When it does not run or survives.
    pub fn kill(&self, instance: impl Into<Instance>) {
        let instance = instance.into();
        let killed = self
            .with(instance, Process::kill)
            .expect("the service was started");
        killed.expect("SIGKILL ends a process");
    }

    /// SIGTERM; its exit code. Waits without blocking the test's runtime, which may hold connections to it.
    ///
    /// # Panics
    /// When it does not run or does not stop.
    pub async fn stop(&self, instance: impl Into<Instance>) -> i32 {
        let instance = instance.into();
        self.with(instance, |process| process.signal(rustix::process::Signal::TERM))
            .expect("the service was started");
        let what = format!("{} stops when asked to", instance.name());
        let status = eventually(&what, async || self.with(instance, Process::ended).flatten()).await;
        status.code().unwrap_or(-1)
    }

    /// Starts a copy again and waits until it is ready.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn restart(&self, instance: impl Into<Instance>) {
        let instance = instance.into();
        self.launch(instance).expect("the service can be started again");
        self.ready(instance).await.expect("the service comes up again");
    }

    /// What a copy has logged so far.
    pub fn log(&self, instance: impl Into<Instance>) -> String {
        self.with(instance.into(), |process| process.output())
            .unwrap_or_default()
    }

    /// The sum of a metric of one copy over the series whose labels hold `label`; 0 when it does not answer.
    pub async fn metric(&self, instance: impl Into<Instance>, name: &str, label: &str) -> f64 {
        let url = format!("http://{}/metrics", self.listens(instance).http);
        let text = match reqwest::get(url).await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => return 0.0,
        };
        text.lines()
            .filter_map(|line| line.strip_prefix(name))
            .filter(|rest| rest.starts_with(['{', ' ']) && rest.contains(label))
            .filter_map(|rest| rest.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum()
    }

    /// Process id of a copy; none when it was never started.
    pub fn pid(&self, instance: impl Into<Instance>) -> Option<i32> {
        self.with(instance.into(), |process| process.pid())
    }

    fn with<T>(&self, instance: Instance, act: impl FnOnce(&mut Process) -> T) -> Option<T> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(&instance)
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
