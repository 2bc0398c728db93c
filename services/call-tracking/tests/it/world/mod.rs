//! One stack and one registry for all tests; every test has a group, a PBX and a call-tracking process of its own.
//! [`office`] is such a group, [`process`] what runs for it, [`asking`] what it can be asked and told.

mod asking;
mod office;
mod process;

use std::{
    net::SocketAddr,
    path::Path,
    sync::{LazyLock, atomic::AtomicU32},
    time::Duration,
};

use call_tracking::replay::{Kind, Scenario, Speed};
use edina_devstack::{DevStack, trial};
use edina_postgres::migrate::{Target, provision};
use edina_runtime::{
    clock::{SharedClock, system},
    config::ServiceConfig,
    service::Service as _,
    stop::Stop,
};
use secrecy::SecretString;
use tokio::{runtime::Runtime, sync::OnceCell};

pub use office::Office;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| trial::runtime().unwrap());
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

fn common(database_url: &SecretString, nats_url: &SecretString, connections: u32) -> ServiceConfig {
    ServiceConfig {
        database_connections: connections,
        stop_deadline: Duration::from_secs(5),
        ..ServiceConfig::on_loopback(
            database_url.clone(),
            nats_url.clone(),
            "a key of this test".into(),
        )
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
        let stack = trial::start(Path::new(env!("CARGO_TARGET_TMPDIR")), "call-tracking")
            .await
            .unwrap();
        let admin_url = stack.postgres_url("postgres");
        let nats_url = SecretString::from(stack.nats_url());
        let target = Target {
            name: client_registry::DATABASE,
            migrator: &client_registry::MIGRATOR,
        };
        let registry_database = provision(&admin_url, &target).await.unwrap();
        let common = common(&registry_database, &nats_url, 12);
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
