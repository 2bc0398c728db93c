//! The ground a scenario runs on: fresh servers with their durable settings, the five services, one dealership group.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use edina_devstack::{DevStack, StackConfig};
use edina_postgres::Database;
use edina_proto::intake::v1::{PutSourceRequest, Source, lead_intake_client::LeadIntakeClient};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock,
    group::GroupId,
    grpc,
};
use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};

use super::{
    Plan,
    figures::{Findings, Stage},
    folder::Folder,
    meter::{self, Cpu, Memory, Resident, Watched},
    service::{self, Addresses, Running, Settings},
    statements,
};
use crate::{
    demo::group,
    instance::{self, Credentials},
    migrate::{self, DatabaseUrls},
};

/// The dealership group.
pub(super) const GROUP: &str = "main";
/// What the idle system takes is counted over this.
const IDLE: Duration = Duration::from_secs(3);

/// Everything that runs. [`Ground::stop`] ends it in order; dropping it ends it at once.
pub(super) struct Ground {
    services: Vec<Running>,
    pub(super) stack: DevStack,
    pub(super) addresses: Addresses,
    pub(super) databases: DatabaseUrls,
    /// Key per intake source: `site`, `adf`.
    pub(super) keys: BTreeMap<&'static str, String>,
    /// An administrator's.
    pub(super) token: String,
    pub(super) credentials: Credentials,
    pub(super) group: GroupId,
    /// What the services sign their calls with.
    pub(super) caller_key: String,
    after_start: Vec<(&'static str, Resident)>,
    folder: Folder,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Ground {
    /// Brings everything up, in a fresh folder.
    pub(super) async fn prepare(plan: &Plan, pbx_url: Option<&str>) -> anyhow::Result<Self> {
        Self::prepare_in(plan, pbx_url, None).await
    }

    /// The same in a folder that stays, with what an earlier run left in it.
    pub(super) async fn prepare_in(
        plan: &Plan,
        pbx_url: Option<&str>,
        kept: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let folder = Folder::choose(kept)?;
        let stack = DevStack::start(StackConfig::new(folder.path().join("servers"))).await?;
        if plan.statements {
            statements::switch_on(&stack).await?;
        }
        let databases = migrate::all(&stack.postgres_url("postgres")).await?;
        let (addresses, caller_key) = (service::addresses()?, instance::secret());
        let nats_url = stack.nats_url();
        let settings = Settings {
            addresses: &addresses,
            databases: &databases,
            nats_url: &nats_url,
            caller_key: &caller_key,
            group: GROUP,
            pbx_url,
        };
        let mut services = Vec::new();
        for name in service::NAMES {
            services.push(settings.start(name, folder.path()).await?);
        }
        let mut ground = Self {
            services,
            stack,
            addresses,
            databases,
            keys: BTreeMap::new(),
            token: String::new(),
            credentials: Credentials::default(),
            group: GROUP.parse()?,
            caller_key,
            after_start: Vec::new(),
            folder,
        };
        ground.after_start = meter::resident(&ground.watched()?)?;
        ground.fill().await?;
        Ok(ground)
    }

    /// The group with its people, a token, and the sources leads come from.
    async fn fill(&mut self) -> anyhow::Result<()> {
        let database = Database::connect_lazy(&self.databases.gateway, 2, "edina bench")?;
        group::choose_passwords(&mut self.credentials);
        group::fill(&database, &self.group, &self.credentials).await?;
        self.token =
            gateway::provision::create_token(&database, &self.group, "administrator", "bench").await?;
        let mut intake = LeadIntakeClient::new(grpc::channel(&self.grpc("lead-intake"))?);
        let callers = CallerKey::new(&self.caller_key.clone().into(), clock::system());
        let administrator = Caller {
            service: "edina".to_owned(),
            group: self.group.clone(),
            actor: Some(Actor {
                employee_id: String::new(),
                role: "administrator".to_owned(),
                branches: Vec::new(),
            }),
        };
        for (name, channel) in [("site", "form"), ("adf", "adf")] {
            let source = Source {
                name: name.to_owned(),
                display_name: name.to_owned(),
                channel: channel.to_owned(),
                ..Source::default()
            };
            let request = PutSourceRequest {
                source: Some(source),
                new_key: true,
            };
            let reply = intake.put_source(callers.request(&administrator, request)).await;
            let reply =
                reply.map_err(|status| anyhow::anyhow!("intake source {name}: {}", status.message()))?;
            self.keys.insert(name, reply.into_inner().key);
        }
        Ok(())
    }

    /// Lets PostgreSQL count what is in its tables, as it does by itself within a minute on every installation: what is
    /// measured shall not hang on whether that minute has passed.
    pub(super) async fn let_tables_be_counted(&self) -> anyhow::Result<()> {
        for database in service::DATABASES {
            let mut admin = PgConnection::connect(&self.stack.postgres_url(database)).await?;
            sqlx::query("analyze").execute(&mut admin).await?;
            admin.close().await?;
        }
        Ok(())
    }

    /// Changes PostgreSQL's settings and starts it anew with them; services reconnect by themselves.
    pub(super) async fn configure(&self, changes: impl Iterator<Item = String>) -> anyhow::Result<()> {
        let mut admin = PgConnection::connect(&self.stack.postgres_url("postgres")).await?;
        for change in changes {
            sqlx::query(sqlx::AssertSqlSafe(format!("alter system {change}")))
                .execute(&mut admin)
                .await?;
        }
        sqlx::query("checkpoint").execute(&mut admin).await?;
        admin.close().await?;
        self.stack.restart_postgres().await?;
        Ok(())
    }

    /// The address of a service for gRPC.
    pub(super) fn grpc(&self, name: &str) -> String {
        self.addresses
            .get(name)
            .map_or_else(String::new, |(grpc, _)| format!("http://{grpc}"))
    }

    /// `http://host:port` of a service.
    pub(super) fn http(&self, name: &str) -> String {
        self.addresses
            .get(name)
            .map_or_else(String::new, |(_, http)| format!("http://{http}"))
    }

    /// All processes of the product and its servers.
    pub(super) fn watched(&self) -> anyhow::Result<Vec<Watched>> {
        let servers = [
            (
                "postgresql",
                self.stack.postgres_pid().context("PostgreSQL has ended")?,
            ),
            ("nats", self.stack.nats_pid().context("NATS has ended")?),
        ];
        let services = self.services.iter().map(|service| (service.name, service.pid));
        Ok(servers
            .into_iter()
            .chain(services)
            .map(|(name, pid)| Watched { name, pid })
            .collect())
    }

    /// CPU of everything until now.
    pub(super) fn cpu(&self) -> anyhow::Result<Cpu> {
        Cpu::read(&self.watched()?)
    }

    /// Connections to one database as superuser, who sees every group.
    pub(super) async fn look_into(&self, database: &str, connections: u32) -> anyhow::Result<PgPool> {
        Ok(PgPoolOptions::new()
            .max_connections(connections)
            .connect(&self.stack.postgres_url(database))
            .await?)
    }

    /// What the system takes while nothing happens; an operation is a second.
    pub(super) async fn idle(&self) -> anyhow::Result<Stage> {
        let (before, started) = (self.cpu()?, tokio::time::Instant::now());
        tokio::time::sleep(IDLE).await;
        let spent = self.cpu()?.since(&before);
        let seconds = usize::try_from(IDLE.as_secs()).unwrap_or(1);
        Ok(Stage::new(
            "nothing to do (each is a second)",
            seconds,
            started.elapsed(),
            &spent,
        ))
    }

    /// Notes the memory of every process, and the aim for the services after start.
    pub(super) fn note_memory(&self, findings: &mut Findings) -> anyhow::Result<()> {
        let now = meter::resident(&self.watched()?)?;
        for (name, resident) in &now {
            let after_start = self.after_start.iter().find(|(known, _)| known == name);
            findings.memory.push(Memory {
                name,
                after_start: after_start.map_or(0.0, |(_, then)| then.now),
                after_load: resident.now,
                share_after_start: after_start.map_or(0.0, |(_, then)| then.share),
                share_after_load: resident.share,
                peak: resident.peak,
            });
        }
        let services = findings
            .memory
            .iter()
            .filter(|memory| service::NAMES.contains(&memory.name));
        let together = services.map(|memory| memory.share_after_start).sum();
        findings.aims.push(super::figures::Aim::at_most(
            "all services together after start (shares)",
            together,
            100.0,
            "MB",
        ));
        Ok(())
    }

    /// Where the settings of the services are, and their logs.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends of the services' logs, for a scenario that failed.
    pub(super) fn logs(&self) -> String {
        let tails = service::NAMES.into_iter().map(|name| {
            let log: PathBuf = self.folder.path().join(format!("{name}.log"));
            format!("-- {name}\n{}", service::tail(&log))
        });
        tails.collect::<Vec<_>>().join("\n")
    }

    /// Stops services, then servers, and removes the data.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        for service in self.services.into_iter().rev() {
            service.stop().await?;
        }
        self.stack.stop().await?;
        self.folder.close()?;
        Ok(())
    }
}
