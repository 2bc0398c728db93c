//! The servers and services of the tests.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

use edina_devstack::{DevStack, trial};
use edina_postgres::{
    Database,
    migrate::{Target, provision},
};
use edina_runtime::{
    caller::CallerKey,
    clock::{self, SharedClock},
    config::ServiceConfig,
    service::Service as _,
    stop::Stop,
};
use lead_intake::{App, Config, DATABASE, MIGRATOR};
use secrecy::SecretString;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

use super::Group;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| trial::runtime().unwrap());
pub(super) static WORLD: LazyLock<World> = LazyLock::new(|| RUNTIME.block_on(World::start()));
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// What all tests share.
pub struct World {
    _stack: DevStack,
    /// NATS of those on a database of their own: on one server, copies of a service share the events.
    aside: DevStack,
    pub admin_url: String,
    registry_database: SecretString,
    pub(super) intake: Arc<Intake>,
}

/// A running lead-intake.
pub struct Intake {
    pub http: String,
    pub(super) channel: Channel,
    pub database: Database,
    pub(super) registry: Channel,
    pub(super) key: CallerKey,
    pub clock: SharedClock,
    pub(super) nats: async_nats::Client,
}

/// Runs a test on the shared runtime, in a group of its own.
pub fn run<F: Future<Output = ()>>(test: impl FnOnce(Group) -> F) {
    LazyLock::force(&WORLD);
    RUNTIME.block_on(async { test(Group::of(Arc::clone(&WORLD.intake))).await });
}

fn common(database_url: SecretString, nats_url: SecretString) -> ServiceConfig {
    ServiceConfig {
        database_connections: 20,
        stop_deadline: Duration::from_secs(5),
        ..ServiceConfig::on_loopback(database_url, nats_url, "a key of this test".into())
    }
}

impl World {
    async fn start() -> Self {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let stack = trial::start(base, "lead-intake").await.unwrap();
        let aside = trial::start(base, "lead-intake-aside").await.unwrap();
        let admin_url = stack.postgres_url("postgres");
        let nats_url = SecretString::from(stack.nats_url());
        let target = Target {
            name: client_registry::DATABASE,
            migrator: &client_registry::MIGRATOR,
        };
        let registry_database = provision(&admin_url, &target).await.unwrap();
        let clock = clock::system();
        let registry = start_registry(ANY, &registry_database, &nats_url, clock.clone()).await;
        let intake = start_intake(DATABASE, &admin_url, &nats_url, clock, registry).await;
        Self {
            _stack: stack,
            aside,
            admin_url,
            registry_database,
            intake: Arc::new(intake),
        }
    }

    /// A lead-intake and a registry on `clock`, the lead-intake on a database of its own.
    pub async fn on_clock(&self, database: &'static str, clock: SharedClock) -> Group {
        let nats_url = SecretString::from(self.aside.nats_url());
        let registry = start_registry(ANY, &self.registry_database, &nats_url, clock.clone()).await;
        Group::of(Arc::new(
            start_intake(database, &self.admin_url, &nats_url, clock, registry).await,
        ))
    }

    /// A lead-intake whose registry is not there yet, and the address where it will be looked for.
    pub async fn without_registry(&self, database: &'static str) -> (Group, SocketAddr) {
        let free = std::net::TcpListener::bind(ANY).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let clock = clock::system();
        let nats_url = SecretString::from(self.aside.nats_url());
        let intake = start_intake(database, &self.admin_url, &nats_url, clock, address).await;
        (Group::of(Arc::new(intake)), address)
    }

    pub async fn start_registry_at(&self, address: SocketAddr) {
        let nats_url = SecretString::from(self.aside.nats_url());
        start_registry(address, &self.registry_database, &nats_url, clock::system()).await;
    }
}

async fn start_registry(
    listen: SocketAddr,
    database: &SecretString,
    nats: &SecretString,
    clock: SharedClock,
) -> SocketAddr {
    let config = client_registry::Config {
        common: ServiceConfig {
            grpc_listen: listen,
            ..common(database.clone(), nats.clone())
        },
        home_country: "RU".into(),
        home_area_code: Some("495".into()),
    };
    let app = client_registry::App::bind(config, clock).await.unwrap();
    let address = app.addresses().grpc;
    tokio::spawn(app.run(Stop::new()));
    address
}

async fn start_intake(
    database: &'static str,
    admin_url: &str,
    nats: &SecretString,
    clock: SharedClock,
    registry: SocketAddr,
) -> Intake {
    let url = provision(
        admin_url,
        &Target {
            name: database,
            migrator: &MIGRATOR,
        },
    )
    .await
    .unwrap();
    let common = common(url.clone(), nats.clone());
    let key = CallerKey::new(&common.caller_key, clock.clone());
    let app = App::bind(Config::new(common, format!("http://{registry}")), clock.clone())
        .await
        .unwrap();
    let addresses = app.addresses();
    tokio::spawn(app.run(Stop::new()));
    Intake {
        http: format!("http://{}", addresses.http),
        channel: edina_runtime::grpc::channel(&format!("http://{}", addresses.grpc)).unwrap(),
        registry: edina_runtime::grpc::channel(&format!("http://{registry}")).unwrap(),
        database: Database::connect_lazy(&url, 4, "test").unwrap(),
        key,
        clock,
        nats: edina_messaging::connect(nats, "test").await.unwrap(),
    }
}
