//! One stack and one running registry for all tests; every test has a dealership group of its own.

use std::{
    path::Path,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use client_registry::{App, Config, DATABASE, MIGRATOR};
use edina_devstack::{DevStack, trial};
use edina_postgres::{
    Database,
    migrate::{Target, provision},
};
use edina_proto::registry::v1::{
    AssignOwnerRequest, Card, GetCardRequest, MergeClientsRequest, ResolveSourceReply, ResolveSourceRequest,
    SourceRecord, TimelineEntry, client_registry_client::ClientRegistryClient,
};
use edina_proto::{
    common::v1::{PageRequest, VehicleDescription},
    registry::v1::GetTimelineRequest,
    time::to_proto,
};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock::{self, SharedClock},
    config::ServiceConfig,
    group::GroupId,
    service::Service as _,
    stop::Stop,
};
use secrecy::SecretString;
use tokio::runtime::Runtime;
use tonic::{Request, Status, transport::Channel};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| trial::runtime().unwrap());
static WORLD: LazyLock<World> = LazyLock::new(|| RUNTIME.block_on(World::start()));
static GROUPS: AtomicU32 = AtomicU32::new(0);

/// What all tests share.
pub struct World {
    _stack: DevStack,
    pub admin_url: String,
    pub nats_url: SecretString,
    pub database: Database,
    pub clock: SharedClock,
    key: CallerKey,
    channel: Channel,
}

/// Runs a test on the shared runtime.
pub fn run<F: Future<Output = ()>>(test: impl FnOnce(Group) -> F) {
    LazyLock::force(&WORLD);
    RUNTIME.block_on(test(Group::new()));
}

impl World {
    async fn start() -> Self {
        let stack = trial::start(Path::new(env!("CARGO_TARGET_TMPDIR")), "client-registry")
            .await
            .unwrap();
        let admin_url = stack.postgres_url("postgres");
        let database_url = provision(
            &admin_url,
            &Target {
                name: DATABASE,
                migrator: &MIGRATOR,
            },
        )
        .await
        .unwrap();
        let nats_url = SecretString::from(stack.nats_url());
        let clock = clock::system();
        let caller_key = SecretString::from("a key of this test");
        let config = Config {
            common: ServiceConfig {
                database_connections: 24,
                stop_deadline: Duration::from_secs(5),
                ..ServiceConfig::on_loopback(database_url.clone(), nats_url.clone(), caller_key.clone())
            },
            home_country: "RU".into(),
            home_area_code: Some("495".into()),
        };
        let app = App::bind(config, clock.clone()).await.unwrap();
        let address = app.addresses().grpc;
        tokio::spawn(app.run(Stop::new()));
        let channel = edina_runtime::grpc::channel(&format!("http://{address}")).unwrap();
        Self {
            admin_url,
            nats_url,
            database: Database::connect_lazy(&database_url, 4, "test").unwrap(),
            key: CallerKey::new(&caller_key, clock.clone()),
            clock,
            channel,
            _stack: stack,
        }
    }
}

/// A dealership group nobody else uses, and a caller within it.
#[derive(Clone)]
pub struct Group {
    pub caller: Caller,
}

pub type Client = ClientRegistryClient<Channel>;

impl Group {
    pub fn new() -> Self {
        let number = GROUPS.fetch_add(1, Ordering::SeqCst);
        let group: GroupId = format!("test-{number}").parse().unwrap();
        let actor = Actor {
            employee_id: "e-1".into(),
            role: "administrator".into(),
            branches: vec![],
        };
        Self {
            caller: Caller {
                service: "gateway".into(),
                group,
                actor: Some(actor),
            },
        }
    }

    pub fn world(&self) -> &'static World {
        &WORLD
    }

    pub fn client(&self) -> Client {
        ClientRegistryClient::new(WORLD.channel.clone())
    }

    /// The message under this group's identity.
    pub fn ask<T>(&self, message: T) -> Request<T> {
        WORLD.key.request(&self.caller, message)
    }

    pub async fn try_resolve(&self, record: SourceRecord) -> Result<ResolveSourceReply, Status> {
        let reply = self
            .client()
            .resolve_source(self.ask(ResolveSourceRequest { record: Some(record) }))
            .await?;
        Ok(reply.into_inner())
    }

    pub async fn resolve(&self, record: SourceRecord) -> ResolveSourceReply {
        self.try_resolve(record).await.unwrap()
    }

    pub async fn try_card(&self, client_id: &str) -> Result<Card, Status> {
        let request = self.ask(GetCardRequest {
            client_id: client_id.into(),
        });
        Ok(self.client().get_card(request).await?.into_inner())
    }

    pub async fn card(&self, client_id: &str) -> Card {
        self.try_card(client_id).await.unwrap()
    }

    /// The whole timeline, page by page.
    pub async fn timeline(&self, client_id: &str) -> Vec<TimelineEntry> {
        let (mut entries, mut cursor) = (Vec::new(), String::new());
        loop {
            let request = self.ask(GetTimelineRequest {
                client_id: client_id.into(),
                page: Some(PageRequest { limit: 0, cursor }),
                kinds: vec![],
            });
            let mut reply = self.client().get_timeline(request).await.unwrap().into_inner();
            entries.append(&mut reply.entries);
            cursor = reply.page.unwrap_or_default().next_cursor;
            if cursor.is_empty() {
                return entries;
            }
        }
    }
}

/// Asks until the condition holds, within a deadline.
pub async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what}: not within 30 seconds"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A record of `kind` from `source`, said on day `day` of 2026.
pub fn record(source: &str, external_id: &str, kind: &str, day: i64) -> SourceRecord {
    let first = chrono::DateTime::parse_from_rfc3339("2026-01-01T09:00:00Z").unwrap();
    SourceRecord {
        source: source.into(),
        external_id: external_id.into(),
        kind: kind.into(),
        occurred_at: Some(to_proto((first + chrono::Duration::days(day)).into())),
        ..SourceRecord::default()
    }
}

/// A car with a VIN.
pub fn car(vin: &str) -> VehicleDescription {
    VehicleDescription {
        vin: vin.into(),
        make: "Toyota".into(),
        model: "Camry".into(),
        ..Default::default()
    }
}

/// Merges two clients; answers the merge id.
pub async fn merge(group: &Group, one: &str, other: &str) -> String {
    let request = MergeClientsRequest {
        client_id: one.into(),
        other_client_id: other.into(),
        reason: "test".into(),
    };
    group
        .client()
        .merge_clients(group.ask(request))
        .await
        .unwrap()
        .into_inner()
        .merge_id
}

/// Gives a client an owner.
pub async fn own(group: &Group, client_id: &str, department: &str, employee_id: &str) {
    let request = AssignOwnerRequest {
        client_id: client_id.into(),
        department: department.into(),
        employee_id: employee_id.into(),
        branch_id: String::new(),
        only_if_absent: false,
    };
    group.client().assign_owner(group.ask(request)).await.unwrap();
}

/// Types of the facts this group's outbox holds, in order.
pub async fn facts(group: &Group) -> Vec<String> {
    let mut tx = WORLD.database.begin(&group.caller.group).await.unwrap();
    sqlx::query_scalar("select event_type from outbox order by seq")
        .fetch_all(&mut *tx)
        .await
        .unwrap()
}

/// Type and content of the facts about one of this group, in order.
pub async fn facts_of(group: &Group, entity_id: &str) -> Vec<(String, Vec<u8>)> {
    let mut tx = WORLD.database.begin(&group.caller.group).await.unwrap();
    sqlx::query_as("select event_type, payload from outbox where entity_id = $1 order by seq")
        .bind(entity_id)
        .fetch_all(&mut *tx)
        .await
        .unwrap()
}
