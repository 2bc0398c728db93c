//! One stack, one registry and one lead-intake for all tests; every test has a dealership group of its own.
//!
//! A test that moves the clock, or needs a registry that is away, starts a lead-intake of its own on its own database.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use edina_devstack::{DevStack, StackConfig};
use edina_messaging::{connection, directory, envelope, envelope::Delivery, streams};
use edina_postgres::{
    Database,
    migrate::{Target, provision},
};
use edina_proto::{
    directory::v1 as people,
    fact::Fact,
    intake::v1::{
        GetLeadRequest, Lead, ListLeadsRequest, PutSourceRequest, Source,
        lead_intake_client::LeadIntakeClient,
    },
    registry::v1::client_registry_client::ClientRegistryClient,
};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock::{self, SharedClock},
    config::ServiceConfig,
    group::GroupId,
    service::Service as _,
    stop::Stop,
};
use futures::StreamExt as _;
use lead_intake::{App, Config, DATABASE, MIGRATOR};
use secrecy::SecretString;
use tokio::runtime::Runtime;
use tonic::{Request, transport::Channel};
use uuid::Uuid;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
});
static WORLD: LazyLock<World> = LazyLock::new(|| RUNTIME.block_on(World::start()));
static GROUPS: AtomicU32 = AtomicU32::new(0);
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// What all tests share.
pub struct World {
    _stack: DevStack,
    /// NATS of those on a database of their own: on one server, copies of a service share the events.
    aside: DevStack,
    pub admin_url: String,
    registry_database: SecretString,
    intake: Arc<Intake>,
}

/// A running lead-intake.
pub struct Intake {
    pub http: String,
    channel: Channel,
    pub database: Database,
    registry: Channel,
    key: CallerKey,
    pub clock: SharedClock,
    nats: async_nats::Client,
}

/// Runs a test on the shared runtime, in a group of its own.
pub fn run<F: Future<Output = ()>>(test: impl FnOnce(Group) -> F) {
    LazyLock::force(&WORLD);
    RUNTIME.block_on(async { test(Group::of(Arc::clone(&WORLD.intake))).await });
}

/// A folder of this process; those of dead ones are removed.
fn data_dir(name: &str) -> PathBuf {
    let base = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for entry in std::fs::read_dir(&base).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name
            .strip_prefix("lead-intake-")
            .and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if pid.is_some_and(|pid| !PathBuf::from(format!("/proc/{pid}")).exists()) {
            // Another test process may be clearing the same leftover.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    base.join(format!("lead-intake-{}-{name}", std::process::id()))
}

fn common(database_url: SecretString, nats_url: SecretString) -> ServiceConfig {
    ServiceConfig {
        database_url,
        database_connections: 20,
        nats_url,
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

impl World {
    async fn start() -> Self {
        let stack = DevStack::start(StackConfig::new(data_dir("main"))).await.unwrap();
        let aside = DevStack::start(StackConfig::new(data_dir("aside")))
            .await
            .unwrap();
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

/// A dealership group nobody else uses, and a caller within it.
#[derive(Clone)]
pub struct Group {
    pub caller: Caller,
    pub intake: Arc<Intake>,
    web: reqwest::Client,
}

/// The facts of a group as they are published.
#[derive(Clone, Default)]
pub struct Facts(Arc<Mutex<Vec<(Delivery, async_nats::HeaderMap)>>>);

impl Facts {
    pub fn of<F: Fact>(&self) -> Vec<F> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .filter_map(|(fact, _)| fact.decode::<F>())
            .map(Result::unwrap)
            .collect()
    }

    pub fn first<F: Fact>(&self) -> Option<(Delivery, async_nats::HeaderMap)> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .find(|(fact, _)| fact.event_type == F::TYPE)
            .cloned()
    }

    pub async fn until<F: Fact>(&self, count: usize) -> Vec<F> {
        until(F::TYPE, async || self.of::<F>().len() >= count).await;
        self.of()
    }
}

pub const BRANCH: u128 = 100;

/// The id of a branch or an employee.
pub fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

/// A present seller of the branch.
pub fn seller(number: u128) -> people::Employee {
    people::Employee {
        employee_id: id(number),
        branch_id: id(BRANCH),
        department: "sales".into(),
        role: "seller".into(),
        active: true,
        ..Default::default()
    }
}

impl Group {
    pub fn of(intake: Arc<Intake>) -> Self {
        let number = GROUPS.fetch_add(1, Ordering::SeqCst);
        let group: GroupId = format!("test-{number}").parse().unwrap();
        let actor = Actor {
            employee_id: id(1),
            role: "administrator".into(),
            branches: vec![],
        };
        let caller = Caller {
            service: "gateway".into(),
            group,
            actor: Some(actor),
        };
        Self {
            caller,
            intake,
            web: reqwest::Client::new(),
        }
    }

    pub fn world(&self) -> &'static World {
        &WORLD
    }

    pub fn another(&self) -> Self {
        Self::of(Arc::clone(&self.intake))
    }

    pub fn client(&self) -> LeadIntakeClient<Channel> {
        LeadIntakeClient::new(self.intake.channel.clone())
    }

    pub fn registry(&self) -> ClientRegistryClient<Channel> {
        ClientRegistryClient::new(self.intake.registry.clone())
    }

    /// The message under this group's identity.
    pub fn ask<T>(&self, message: T) -> Request<T> {
        self.intake.key.request(&self.caller, message)
    }

    /// Publishes the group's directory: one branch with these people.
    pub async fn people(&self, version: u64, employees: Vec<people::Employee>) {
        let branch = people::Branch {
            branch_id: id(BRANCH),
            display_name: "Салон на Ленина".into(),
            city: "Казань".into(),
            time_zone: "Europe/Moscow".into(),
            ..Default::default()
        };
        let group = people::Group {
            version,
            branches: vec![branch],
            employees,
            ..Default::default()
        };
        let jetstream = connection::jetstream(&self.intake.nats);
        directory::publish(&jetstream, &self.caller.group, &group, 1)
            .await
            .unwrap();
    }

    /// Makes a source; answers its key.
    pub async fn source(&self, name: &str, channel: &str) -> String {
        let source = Source {
            name: name.into(),
            channel: channel.into(),
            branch_id: id(BRANCH),
            answer_minutes: 15,
            ..Default::default()
        };
        let asked = PutSourceRequest {
            source: Some(source),
            new_key: false,
        };
        self.client()
            .put_source(self.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .key
    }

    pub fn post(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.intake.http);
        self.web.post(url).header("content-type", content_type).body(body)
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.web.request(method, format!("{}{path}", self.intake.http))
    }

    /// Posts an ADF document.
    pub async fn adf(&self, key: &str, document: impl Into<reqwest::Body>) -> Answer {
        Answer::of(self.post(
            &format!("/intake/v1/adf?source={key}"),
            "application/xml",
            document,
        ))
        .await
    }

    /// Posts an ADF document that must be taken; answers its leads.
    pub async fn take(&self, key: &str, document: String) -> Vec<String> {
        let answer = self.adf(key, document).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.leads()
    }

    pub async fn lead(&self, lead_id: &str) -> Lead {
        let asked = GetLeadRequest {
            lead_id: lead_id.into(),
        };
        self.client()
            .get_lead(self.ask(asked))
            .await
            .unwrap()
            .into_inner()
    }

    pub async fn leads(&self) -> Vec<Lead> {
        self.client()
            .list_leads(self.ask(ListLeadsRequest::default()))
            .await
            .unwrap()
            .into_inner()
            .leads
    }

    /// The lead once a condition holds of it.
    pub async fn lead_when(&self, lead_id: &str, what: &str, condition: impl Fn(&Lead) -> bool) -> Lead {
        until(what, async || condition(&self.lead(lead_id).await)).await;
        self.lead(lead_id).await
    }

    /// Listens to this group's facts from now on.
    pub async fn facts(&self) -> Facts {
        let facts = Facts::default();
        let kept = facts.clone();
        let mut heard = self
            .intake
            .nats
            .subscribe(format!("edina.{}.>", self.caller.group))
            .await
            .unwrap();
        self.intake.nats.flush().await.unwrap();
        tokio::spawn(async move {
            while let Some(message) = heard.next().await {
                let fact = Delivery::read(&message).unwrap();
                kept.0
                    .lock()
                    .unwrap()
                    .push((fact, message.headers.unwrap_or_default()));
            }
        });
        facts
    }

    /// Delivers a fact as another service would, under an event id of the test's choice.
    pub async fn deliver<F: Fact>(&self, event: Uuid, fact: &F) {
        let jetstream = connection::jetstream(&self.intake.nats);
        streams::ensure(&jetstream, F::SERVICE, 1).await.unwrap();
        let now = self.intake.clock.now();
        let mut headers = envelope::headers(event, F::TYPE, fact.entity_id(), now, None, "/edina/test");
        // Past the server's own guard against repeats: the inbox is what is tested.
        headers.insert(envelope::MESSAGE_ID, Uuid::now_v7().to_string().as_str());
        let subject = streams::subject(self.caller.group.as_str(), F::SERVICE, F::ENTITY, F::FACT);
        #[expect(
            clippy::disallowed_methods,
            reason = "the test stands for another service's relay"
        )]
        let sent = jetstream
            .publish_with_headers(subject, headers, fact.encode_to_vec().into())
            .await
            .unwrap();
        sent.await.unwrap();
    }
}

/// What the front door said.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub headers: reqwest::header::HeaderMap,
    pub body: serde_json::Value,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        let content_type = headers
            .get("content-type")
            .map_or("", |value| value.to_str().unwrap())
            .to_owned();
        let status = response.status().as_u16();
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
        Self {
            status,
            content_type,
            headers,
            body,
        }
    }

    pub fn leads(&self) -> Vec<String> {
        let leads = self.body["leads"].as_array().unwrap().iter();
        leads
            .map(|lead| lead["lead_id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Holds the answer to be a problem document of that status.
    pub fn is_problem(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.content_type, "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(self.body["type"].as_str().unwrap().starts_with("/problems/"));
        self
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

/// One prospect.
pub fn prospect(id: &str, name: &str, phone: &str) -> String {
    let id = if id.is_empty() {
        String::new()
    } else {
        format!("<id source=\"portal\">{id}</id>")
    };
    format!(
        "<prospect>{id}<requestdate>2026-11-20T10:00:00+03:00</requestdate>
         <vehicle interest=\"buy\"><year>2026</year><make>Lada</make><model>Vesta</model></vehicle>
         <customer><contact><name part=\"full\">{name}</name><phone>{phone}</phone></contact></customer></prospect>"
    )
}

/// A document of prospects.
pub fn document(prospects: &[String]) -> String {
    format!("<?adf version=\"1.0\"?><adf>{}</adf>", prospects.concat())
}

/// A document of one prospect.
pub fn one(id: &str, name: &str, phone: &str) -> String {
    document(&[prospect(id, name, phone)])
}
