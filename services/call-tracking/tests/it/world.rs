//! One stack and one registry for all tests; every test has a group, a PBX and a call-tracking process of its own.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use call_tracking::{
    App, Config, DATABASE, MIGRATOR,
    replay::{Kind, ReplayServer, Scenario, Speed},
};
use edina_devstack::{DevStack, StackConfig};
use edina_messaging::{connection, directory, envelope::Delivery};
use edina_postgres::{
    Database,
    migrate::{Target, provision},
};
use edina_proto::{
    calls::v1::{
        Call, CallLive, Connection, ListCallsRequest, ListConnectionsRequest, ListTasksRequest, Task,
        call_tracking_client::CallTrackingClient,
    },
    common::v1::PageRequest,
    directory::v1 as people,
    fact::Fact,
    registry::v1::{
        ResolveSourceRequest, SearchClientsRequest, SourceRecord,
        client_registry_client::ClientRegistryClient,
    },
};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock::{SharedClock, system},
    config::ServiceConfig,
    group::GroupId,
    service::Service as _,
    stop::Stop,
};
use futures::StreamExt as _;
use prost::Message as _;
use secrecy::SecretString;
use tokio::{runtime::Runtime, sync::OnceCell};
use tonic::{Request, transport::Channel};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
});
static WORLD: LazyLock<World> = LazyLock::new(|| RUNTIME.block_on(World::start()));
static GROUPS: AtomicU32 = AtomicU32::new(0);
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
pub const LINE: &str = "78432000001";
pub const CLIENT: &str = "89161234567";

/// What all tests share.
pub struct World {
    _stack: DevStack,
    pub admin_url: String,
    nats_url: SecretString,
    nats: async_nats::Client,
    registry_database: SecretString,
    registry: SocketAddr,
    database: OnceCell<SecretString>,
}

/// Runs a test on the shared runtime.
pub fn run<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    LazyLock::force(&WORLD);
    RUNTIME.block_on(async { test().await });
}

/// A folder of this process; those of dead ones are removed.
fn data_dir() -> PathBuf {
    let base = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for entry in std::fs::read_dir(&base).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name
            .strip_prefix("call-tracking-")
            .and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !PathBuf::from(format!("/proc/{pid}")).exists()) {
            // Another test process may be clearing the same leftover.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    base.join(format!("call-tracking-{}", std::process::id()))
}

fn common(database_url: &SecretString, connections: u32) -> ServiceConfig {
    ServiceConfig {
        database_url: database_url.clone(),
        database_connections: connections,
        nats_url: WORLD.nats_url.clone(),
        stream_replicas: 1,
        caller_key: SecretString::from("a key of this test"),
        grpc_listen: ANY,
        http_listen: ANY,
        stop_deadline: Duration::from_secs(5),
        tls_ca: None,
        otlp_endpoint: None,
        limits: edina_runtime::limits::Limits::default(),
    }
}

async fn start_registry(common: ServiceConfig, clock: SharedClock) -> SocketAddr {
    let config = client_registry::Config {
        common,
        home_country: "RU".into(),
        home_area_code: Some("495".into()),
    };
    let app = client_registry::App::bind(config, clock).await.unwrap();
    let address = app.addresses().grpc;
    tokio::spawn(app.run(Stop::new()));
    address
}

impl World {
    async fn start() -> Self {
        let stack = DevStack::start(StackConfig::new(data_dir())).await.unwrap();
        let admin_url = stack.postgres_url("postgres");
        let nats_url = SecretString::from(stack.nats_url());
        let target = Target {
            name: client_registry::DATABASE,
            migrator: &client_registry::MIGRATOR,
        };
        let registry_database = provision(&admin_url, &target).await.unwrap();
        let common = ServiceConfig {
            database_url: registry_database.clone(),
            database_connections: 12,
            nats_url: nats_url.clone(),
            stream_replicas: 1,
            caller_key: SecretString::from("a key of this test"),
            grpc_listen: ANY,
            http_listen: ANY,
            stop_deadline: Duration::from_secs(5),
            tls_ca: None,
            otlp_endpoint: None,
            limits: edina_runtime::limits::Limits::default(),
        };
        let registry = start_registry(common, system()).await;
        let nats = edina_messaging::connect(&nats_url, "test").await.unwrap();
        Self {
            _stack: stack,
            admin_url,
            nats_url,
            nats,
            registry_database,
            registry,
            database: OnceCell::new(),
        }
    }
}

/// A group with its PBX and the call-tracking that follows it.
pub struct Office {
    pub group: GroupId,
    pub pbx: ReplayServer,
    pub database: Database,
    database_url: SecretString,
    registry: SocketAddr,
    clock: SharedClock,
    key: CallerKey,
    facts: Arc<Mutex<Vec<Delivery>>>,
    live: Arc<Mutex<Vec<CallLive>>>,
    process: Option<Process>,
}

/// A running copy of the service, on threads of its own.
pub struct Process {
    runtime: Option<Runtime>,
    stop: Stop,
    ended: tokio::sync::oneshot::Receiver<bool>,
    pub address: SocketAddr,
}

impl Process {
    /// Ends it as SIGKILL does: no task of it runs on.
    pub fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }

    /// Ends it as SIGTERM does; answers whether no task had to be dropped.
    pub async fn stop(mut self) -> bool {
        self.stop.request();
        (&mut self.ended).await.unwrap()
    }

    pub fn client(&self) -> CallTrackingClient<Channel> {
        let url = format!("http://{}", self.address);
        CallTrackingClient::new(edina_runtime::grpc::channel(&url).unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An employee of the branch at an extension.
pub fn employee(extension: &str, role: &str) -> people::Employee {
    people::Employee {
        employee_id: format!("e-{extension}"),
        branch_id: "kazan".into(),
        department: "sales".into(),
        role: role.into(),
        extension: extension.into(),
        active: true,
        ..Default::default()
    }
}

impl Office {
    /// On the machine's clock, the shared database and the shared registry.
    pub async fn open() -> Self {
        let target = Target {
            name: DATABASE,
            migrator: &MIGRATOR,
        };
        let url = WORLD
            .database
            .get_or_init(async || provision(&WORLD.admin_url, &target).await.unwrap())
            .await;
        Self::with(url.clone(), WORLD.registry, system()).await
    }

    /// On a clock and a database of its own; the registry is on that clock too.
    pub async fn on_clock(name: &'static str, clock: SharedClock) -> Self {
        let url = provision(
            &WORLD.admin_url,
            &Target {
                name,
                migrator: &MIGRATOR,
            },
        )
        .await
        .unwrap();
        let registry = start_registry(common(&WORLD.registry_database, 6), clock.clone()).await;
        Self::with(url, registry, clock).await
    }

    /// On a database of its own, with a registry that is not there yet.
    pub async fn without_registry(name: &'static str) -> Self {
        let url = provision(
            &WORLD.admin_url,
            &Target {
                name,
                migrator: &MIGRATOR,
            },
        )
        .await
        .unwrap();
        let free = std::net::TcpListener::bind(ANY).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        Self::with(url, address, system()).await
    }

    pub async fn bring_registry_back(&self) {
        let common = ServiceConfig {
            grpc_listen: self.registry,
            ..common(&WORLD.registry_database, 6)
        };
        start_registry(common, system()).await;
    }

    async fn with(database_url: SecretString, registry: SocketAddr, clock: SharedClock) -> Self {
        let pbx = ReplayServer::bind(ANY, "edina", SecretString::from("s3cret"), system())
            .await
            .unwrap();
        let running = pbx.clone();
        tokio::spawn(async move { running.run(std::future::pending()).await });
        let group: GroupId = format!("test-{}", GROUPS.fetch_add(1, Ordering::SeqCst))
            .parse()
            .unwrap();
        let (facts, live) = (
            Arc::<Mutex<Vec<Delivery>>>::default(),
            Arc::<Mutex<Vec<CallLive>>>::default(),
        );
        let mut heard = WORLD
            .nats
            .subscribe(format!("edina.{group}.calls.>"))
            .await
            .unwrap();
        let kept = Arc::clone(&facts);
        tokio::spawn(async move {
            while let Some(message) = heard.next().await {
                let fact = Delivery::read(&message).unwrap();
                // A relay that died before it noted the acknowledgement publishes again, under the same id; the stream
                // drops that, this plain subscription does not.
                let mut kept = kept.lock().unwrap();
                if kept.iter().all(|known| known.id != fact.id) {
                    kept.push(fact);
                }
            }
        });
        let mut rings = WORLD
            .nats
            .subscribe(format!("edina-live.{group}.calls"))
            .await
            .unwrap();
        let kept = Arc::clone(&live);
        tokio::spawn(async move {
            while let Some(message) = rings.next().await {
                kept.lock()
                    .unwrap()
                    .push(CallLive::decode(message.payload).unwrap());
            }
        });
        WORLD.nats.flush().await.unwrap();
        let mut office = Self {
            database: Database::connect_lazy(&database_url, 2, "test").unwrap(),
            key: CallerKey::new(&SecretString::from("a key of this test"), clock.clone()),
            group,
            pbx,
            database_url,
            registry,
            clock,
            facts,
            live,
            process: None,
        };
        office
            .people(
                1,
                vec![
                    employee("201", "operator"),
                    employee("202", "seller"),
                    employee("203", "seller"),
                ],
            )
            .await;
        office.start().await;
        office
    }

    /// Publishes the group's directory: one branch with these people.
    pub async fn people(&self, version: u64, employees: Vec<people::Employee>) {
        let branch = people::Branch {
            branch_id: "kazan".into(),
            display_name: "Казань".into(),
            time_zone: "Europe/Moscow".into(),
            lines: vec![format!("+{LINE}")],
            queues: vec!["sales".into()],
            ..Default::default()
        };
        let group = people::Group {
            version,
            branches: vec![branch],
            employees,
            ..Default::default()
        };
        let jetstream = connection::jetstream(&WORLD.nats);
        directory::publish(&jetstream, &self.group, &group, 1)
            .await
            .unwrap();
    }

    /// Starts the process and waits until it follows the PBX.
    pub async fn start(&mut self) {
        self.process = Some(self.copy().await);
        until("the PBX is followed", async || {
            self.connection(&self.client())
                .await
                .is_some_and(|pbx| pbx.state == "up" && pbx.last_event_at.is_some())
        })
        .await;
    }

    /// What a copy says of the PBX.
    pub async fn connection(&self, client: &CallTrackingClient<Channel>) -> Option<Connection> {
        let asked = self.ask(ListConnectionsRequest {});
        let reply = client.clone().list_connections(asked).await.ok()?;
        Some(reply.into_inner().connections.remove(0))
    }

    /// Waits until a copy has said that it waits for its turn: before, nobody hands over to it.
    pub async fn until_wanted(&self) {
        until("a copy waits for its turn", async || {
            let mut tx = self.database.begin(&self.group).await.unwrap();
            sqlx::query_scalar("select exists(select from pbx_readers where wanted_at is not null)")
                .fetch_one(&mut *tx)
                .await
                .unwrap()
        })
        .await;
    }

    /// Starts a copy of the process.
    pub async fn copy(&self) -> Process {
        self.copy_on(self.database_url.clone()).await
    }

    /// Starts a copy that reaches the database by another address.
    pub async fn copy_on(&self, database_url: SecretString) -> Process {
        let mut config = Config::new(common(&database_url, 6), format!("http://{}", self.registry));
        let url = format!("ami://edina:s3cret@{}", self.pbx.address());
        config.add_pbx("main", self.group.clone(), SecretString::from(url));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let clock = self.clock.clone();
        let (tell, told) = tokio::sync::oneshot::channel();
        let (end, ended) = tokio::sync::oneshot::channel();
        let stop = Stop::new();
        let asked = stop.clone();
        runtime.spawn(async move {
            let app = App::bind(config, clock).await.unwrap();
            tell.send(app.addresses().grpc).unwrap();
            app.run(asked.clone()).await.unwrap();
            let clean = asked.drain(Duration::from_secs(10)).await;
            let _ = end.send(clean);
        });
        Process {
            runtime: Some(runtime),
            stop,
            ended,
            address: told.await.unwrap(),
        }
    }

    /// Where the database is, for a copy that goes another way there.
    pub fn database_url(&self) -> &SecretString {
        &self.database_url
    }

    /// Ends the process as SIGKILL does: no task of it runs on.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Ends the process as SIGTERM does.
    pub async fn stop(&mut self) -> bool {
        self.process.take().unwrap().stop().await
    }

    pub fn client(&self) -> CallTrackingClient<Channel> {
        self.process.as_ref().unwrap().client()
    }

    /// From here on the copy is the one that is asked.
    pub fn adopt(&mut self, process: Process) {
        self.process = Some(process);
    }

    pub fn registry(&self) -> ClientRegistryClient<Channel> {
        ClientRegistryClient::new(edina_runtime::grpc::channel(&format!("http://{}", self.registry)).unwrap())
    }

    /// The message under this group's identity.
    pub fn ask<T>(&self, message: T) -> Request<T> {
        let actor = Actor {
            employee_id: "e-201".into(),
            role: "operator".into(),
            branches: vec![],
        };
        let caller = Caller {
            service: "gateway".into(),
            group: self.group.clone(),
            actor: Some(actor),
        };
        self.key.request(&caller, message)
    }

    /// Plays a call with the client to its end, as fast as it goes.
    pub async fn play(&self, kind: Kind) -> String {
        self.play_from(kind, CLIENT).await
    }

    pub async fn play_from(&self, kind: Kind, number: &str) -> String {
        self.pbx.play(&scenario(kind, number)).await
    }

    /// All calls of the group, newest first.
    pub async fn calls(&self) -> Vec<Call> {
        let mut calls = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = Some(PageRequest { limit: 0, cursor });
            let asked = ListCallsRequest {
                page,
                ..ListCallsRequest::default()
            };
            let reply = self
                .client()
                .list_calls(self.ask(asked))
                .await
                .unwrap()
                .into_inner();
            calls.extend(reply.calls);
            cursor = reply.page.unwrap_or_default().next_cursor;
            if cursor.is_empty() {
                return calls;
            }
        }
    }

    /// The call of that `Linkedid` once a condition holds of it.
    pub async fn call_when(&self, linked_id: &str, what: &str, condition: impl Fn(&Call) -> bool) -> Call {
        let found = async || {
            self.calls()
                .await
                .into_iter()
                .find(|call| call.linked_id == linked_id)
        };
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let call = found().await;
            if let Some(call) = call.clone().filter(|call| condition(call)) {
                return call;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{linked_id} {what}: not within {PATIENCE:?}, but {call:?}"
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The call once it has ended and its client is known.
    pub async fn settled(&self, linked_id: &str) -> Call {
        self.call_when(linked_id, "ended and resolved", |call| {
            call.state == "ended" && !call.client_id.is_empty()
        })
        .await
    }

    pub async fn tasks(&self) -> Vec<Task> {
        let reply = self
            .client()
            .list_tasks(self.ask(ListTasksRequest::default()))
            .await;
        reply.unwrap().into_inner().tasks
    }

    /// Facts of a kind about an entity.
    pub fn facts<F: Fact>(&self, entity_id: &str) -> Vec<F> {
        let facts = self.facts.lock().unwrap();
        let of_entity = facts.iter().filter(|fact| fact.entity_id == entity_id);
        of_entity
            .filter_map(|fact| fact.decode::<F>())
            .map(Result::unwrap)
            .collect()
    }

    pub async fn until_fact<F: Fact>(&self, entity_id: &str) -> F {
        until(F::TYPE, async || !self.facts::<F>(entity_id).is_empty()).await;
        self.facts::<F>(entity_id).remove(0)
    }

    /// Live signals of a call.
    pub fn live(&self, call_id: &str) -> Vec<CallLive> {
        self.live
            .lock()
            .unwrap()
            .iter()
            .filter(|live| live.call_id == call_id)
            .cloned()
            .collect()
    }

    /// Makes a client with that number in the registry.
    pub async fn known(&self, name: &str, number: &str) -> String {
        let record = SourceRecord {
            source: "service_dms".into(),
            external_id: format!("{name}-{number}"),
            kind: "repair_order".into(),
            full_name: name.into(),
            phones: vec![number.into()],
            ..Default::default()
        };
        let asked = ResolveSourceRequest { record: Some(record) };
        self.registry()
            .resolve_source(self.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .client_id
    }

    /// Ids of the clients a search finds.
    pub async fn search(&self, query: &str) -> Vec<String> {
        let asked = SearchClientsRequest {
            query: query.into(),
            limit: 0,
        };
        let hits = self
            .registry()
            .search_clients(self.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .clients;
        hits.into_iter()
            .filter_map(|hit| hit.client)
            .map(|client| client.client_id)
            .collect()
    }
}

pub fn scenario(kind: Kind, number: &str) -> Scenario {
    Scenario::new(kind, number, LINE, &["201", "202"]).at_speed(Speed::AT_ONCE)
}

/// How long a condition may take, and how often it is asked.
/// Longer than the lease of a job that a killed copy had begun.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(50);

/// Asks until the condition holds, within a deadline.
pub async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what}: not within {PATIENCE:?}"
        );
        tokio::time::sleep(LOOK).await;
    }
}
