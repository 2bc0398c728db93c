//! A dealership group with a PBX and a directory of its own.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::Ordering},
};

use call_tracking::{DATABASE, MIGRATOR, replay::ReplayServer};
use edina_messaging::{connection, directory, envelope::Delivery};
use edina_postgres::{
    Database,
    migrate::{Target, provision},
};
use edina_proto::{calls::v1::CallLive, directory::v1 as people};
use edina_runtime::{
    caller::CallerKey,
    clock::{SharedClock, system},
    config::ServiceConfig,
    group::GroupId,
};
use futures::StreamExt as _;
use prost::Message as _;
use secrecy::SecretString;

use super::{ANY, GROUPS, LINE, WORLD, common, process::Process, start_registry};

/// A group with its PBX and the call-tracking that follows it.
pub struct Office {
    pub group: GroupId,
    pub pbx: ReplayServer,
    pub database: Database,
    pub(super) database_url: SecretString,
    pub(super) registry: SocketAddr,
    pub(super) clock: SharedClock,
    pub(super) key: CallerKey,
    pub(super) facts: Arc<Mutex<Vec<Delivery>>>,
    pub(super) live: Arc<Mutex<Vec<CallLive>>>,
    pub(super) process: Option<Process>,
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
        let registry = start_registry(
            common(&WORLD.registry_database, &WORLD.nats_url, 6),
            clock.clone(),
        )
        .await;
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
            ..common(&WORLD.registry_database, &WORLD.nats_url, 6)
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
}
