//! One PostgreSQL and NATS for all tests of the whole service. The tests take turns: each runs a service with its own
//! settings and clock, for a dealership group of its own.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use async_nats::jetstream;
use chrono::TimeDelta;
use edina_devstack::{DevStack, trial};
use edina_messaging::{connection, directory, envelope, streams};
use edina_postgres::migrate::{Target, provision};
use edina_proto::calls::v1::Call;
use edina_proto::common::v1::VehicleDescription;
use edina_proto::directory::v1::{Branch, Employee, Group};
use edina_proto::fact::Fact;
use edina_proto::intake::v1::Lead;
use edina_proto::notification::v1::notification_client::NotificationClient;
use edina_proto::notification::v1::{ListConnectionsRequest, ListMessagesRequest, Message};
use edina_proto::registry::v1::GetContactabilityReply;
use edina_runtime::caller::{Caller, CallerKey};
use edina_runtime::clock::{ManualClock, SharedClock};
use edina_runtime::config::ServiceConfig;
use edina_runtime::group::GroupId;
use edina_runtime::service::Service as _;
use edina_runtime::stop::Stop;
use notification::{App, Config, DATABASE, MIGRATOR};
use secrecy::SecretString;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use tonic::Request;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::neighbours::{self, Known};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| trial::runtime().unwrap());
static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(RUNTIME.block_on(World::start())));
static GROUPS: AtomicU32 = AtomicU32::new(0);
const PATIENCE: Duration = Duration::from_secs(40);

/// What all tests share.
pub struct World {
    _stack: DevStack,
    pub admin_url: String,
    database_url: SecretString,
    nats_url: SecretString,
    neighbours_url: String,
    pub known: Arc<Known>,
    pub jetstream: jetstream::Context,
}

/// Runs a test on the shared runtime when it is its turn.
pub fn run(test: impl AsyncFnOnce(&World)) {
    LazyLock::force(&WORLD);
    RUNTIME.block_on(async {
        let world = WORLD.lock().await;
        test(&world).await;
    });
}

impl World {
    async fn start() -> Self {
        let stack = trial::start(Path::new(env!("CARGO_TARGET_TMPDIR")), "notification")
            .await
            .unwrap();
        let admin_url = stack.postgres_url("postgres");
        let target = Target {
            name: DATABASE,
            migrator: &MIGRATOR,
        };
        let database_url = provision(&admin_url, &target).await.unwrap();
        let nats_url = SecretString::from(stack.nats_url());
        let nats = edina_messaging::connect(&nats_url, "test").await.unwrap();
        let jetstream = connection::jetstream(&nats);
        for producer in ["intake", "calls"] {
            streams::ensure(&jetstream, producer, 1).await.unwrap();
        }
        let known = Arc::new(Known::default());
        let neighbours_url = neighbours::serve(Arc::clone(&known)).await;
        Self {
            _stack: stack,
            admin_url,
            database_url,
            nats_url,
            neighbours_url,
            known,
            jetstream,
        }
    }

    /// Settings of a service whose channels end in its own sandbox.
    pub fn config(&self) -> Config {
        let common = ServiceConfig {
            database_connections: 10,
            stop_deadline: Duration::from_secs(5),
            ..ServiceConfig::on_loopback(
                self.database_url.clone(),
                self.nats_url.clone(),
                "a key of this test".into(),
            )
        };
        let url = || self.neighbours_url.clone();
        let mut config = Config::new(common, url(), url(), url());
        config.sandbox = true;
        config
    }

    /// A new group with a branch in Moscow, a seller and a head of sales.
    pub async fn group(&self) -> GroupId {
        let number = GROUPS.fetch_add(1, Ordering::Relaxed);
        let id: GroupId = format!("group-{number}").parse().unwrap();
        let employee = |id: &str, name: &str, role: &str, email: &str| Employee {
            employee_id: id.into(),
            display_name: name.into(),
            branch_id: "north".into(),
            department: "sales".into(),
            role: role.into(),
            email: email.into(),
            active: true,
            ..Employee::default()
        };
        let group = Group {
            group_id: id.to_string(),
            display_name: "Меридиан".into(),
            version: 1,
            branches: vec![Branch {
                branch_id: "north".into(),
                display_name: "Автоцентр «Север»".into(),
                time_zone: "Europe/Moscow".into(),
                phone: "+74955550100".into(),
                ..Branch::default()
            }],
            employees: vec![
                employee("seller", "Пётр Соколов", "seller", "sokolov@dealer.example"),
                employee("head", "Ольга Белова", "head_of_sales", "belova@dealer.example"),
            ],
            locale: "ru".into(),
            ..Group::default()
        };
        directory::publish(&self.jetstream, &id, &group, 1).await.unwrap();
        id
    }

    /// A client the registry knows; answers its id.
    pub fn client(&self, phone: &str, email: &str) -> String {
        let client_id = Uuid::now_v7().to_string();
        let some = |text: &str| {
            Some(text.to_owned())
                .filter(|text| !text.is_empty())
                .into_iter()
                .collect()
        };
        let reply = GetContactabilityReply {
            client_id: client_id.clone(),
            display_name: "Громова Анна Ильинична".into(),
            salutation: "Анна Ильинична".into(),
            phones: some(phone),
            emails: some(email),
            branch_id: "north".into(),
            ..GetContactabilityReply::default()
        };
        self.known
            .clients
            .lock()
            .unwrap()
            .insert(client_id.clone(), reply);
        client_id
    }

    /// A lead that lead-intake knows; answers its id.
    pub fn lead(&self, client_id: &str) -> String {
        let lead_id = Uuid::now_v7().to_string();
        let lead = Lead {
            lead_id: lead_id.clone(),
            client_id: client_id.into(),
            branch_id: "north".into(),
            source_name: "site".into(),
            owner_employee_id: "seller".into(),
            vehicles: vec![VehicleDescription {
                make: "Lada".into(),
                model: "Vesta".into(),
                role: "wants".into(),
                ..VehicleDescription::default()
            }],
            ..Lead::default()
        };
        self.known.leads.lock().unwrap().insert(lead_id.clone(), lead);
        lead_id
    }

    /// A call that call-tracking knows; answers its id.
    pub fn call(&self, number: &str) -> String {
        let call_id = Uuid::now_v7().to_string();
        let call = Call {
            call_id: call_id.clone(),
            number: number.into(),
            ..Call::default()
        };
        self.known.calls.lock().unwrap().insert(call_id.clone(), call);
        call_id
    }

    /// Publishes a fact as its producer would, `times` times with one event id.
    pub async fn say<F: Fact>(&self, group: &GroupId, fact: &F, times: usize) {
        let id = Uuid::now_v7();
        for _ in 0..times {
            let subject = streams::subject(group.as_str(), F::SERVICE, F::ENTITY, F::FACT);
            let mut headers =
                envelope::headers(id, F::TYPE, fact.entity_id(), chrono::Utc::now(), None, "test");
            // Another message id, so that the server does not drop the repetition for us.
            headers.insert(envelope::MESSAGE_ID, Uuid::now_v7().to_string().as_str());
            let sent = self
                .jetstream
                .publish_with_headers(subject, headers, fact.encode_to_vec().into());
            sent.await.unwrap().await.unwrap();
        }
    }

    /// One number out of the service's database, as its owner sees it.
    pub async fn count(&self, sql: &'static str, group: &GroupId) -> i64 {
        let mut admin = self.admin().await;
        sqlx::query_scalar(sql)
            .bind(group.as_str())
            .fetch_one(&mut admin)
            .await
            .unwrap()
    }

    /// A connection that row-level security does not bind.
    pub async fn admin(&self) -> sqlx::PgConnection {
        let url = self.admin_url.replace("/postgres", "/notification");
        <sqlx::PgConnection as sqlx::Connection>::connect(&url)
            .await
            .unwrap()
    }
}

/// A running service.
pub struct Running {
    stop: Stop,
    key: CallerKey,
    pub client: NotificationClient<Channel>,
    manual: Option<Arc<ManualClock>>,
}

impl Running {
    pub async fn start(config: Config, clock: SharedClock) -> Self {
        let key = CallerKey::new(&config.common.caller_key, Arc::clone(&clock));
        let app = App::bind(config, clock).await.unwrap();
        let url = format!("http://{}", app.addresses().grpc);
        let stop = Stop::new();
        let own = stop.clone();
        stop.spawn("app", async move { app.run(own).await.unwrap() });
        let client = NotificationClient::new(edina_runtime::grpc::channel(&url).unwrap());
        Self {
            stop,
            key,
            client,
            manual: None,
        }
    }

    /// With a clock that only moves when the test waits.
    pub async fn start_at(config: Config, clock: Arc<ManualClock>) -> Self {
        let mut running = Self::start(config, Arc::<ManualClock>::clone(&clock)).await;
        running.manual = Some(clock);
        running
    }

    pub fn ask<T>(&self, group: &GroupId, message: T) -> Request<T> {
        self.key
            .request(&Caller::service("gateway", group.clone()), message)
    }

    /// Asks again and again until the answer is `Some`.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < deadline, "never: {what}");
            tokio::time::sleep(Duration::from_millis(25)).await;
            if let Some(clock) = &self.manual {
                clock.advance(TimeDelta::seconds(1));
            }
        }
    }

    /// Messages of the group, newest first.
    pub async fn messages(&self, group: &GroupId) -> Vec<Message> {
        let request = self.ask(group, ListMessagesRequest::default());
        match self.client.clone().list_messages(request).await {
            Ok(reply) => reply.into_inner().messages,
            Err(error) if error.code() == tonic::Code::Unavailable => Vec::new(),
            Err(error) => panic!("{error}"),
        }
    }

    /// The group's only message, once it is in that state.
    pub async fn message_in(&self, group: &GroupId, state: &str) -> Message {
        self.until(state, async || {
            let all = self.messages(group).await;
            assert!(all.len() <= 1, "{} messages", all.len());
            all.into_iter().find(|message| message.state == state)
        })
        .await
    }

    /// Until the SMS link stands.
    pub async fn connected(&self, group: &GroupId) {
        self.until("connected", async || {
            let request = self.ask(group, ListConnectionsRequest {});
            let reply = self
                .client
                .clone()
                .list_connections(request)
                .await
                .ok()?
                .into_inner();
            reply
                .connections
                .iter()
                .any(|link| link.kind == "smpp" && link.state == "up")
                .then_some(())
        })
        .await;
    }

    pub async fn stop(self) {
        assert!(
            self.stop.drain(Duration::from_secs(20)).await,
            "a task did not end by itself"
        );
    }
}
