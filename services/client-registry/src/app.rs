//! Composition root: settings and clock into servers, relay and consumers.

use std::{sync::Arc, time::Duration};

use async_nats::Client;
use edina_identity::Home;
use edina_messaging::{directory::Directory, inbox::Apply, outbox::RelaySignal, traffic::Traffic};
use edina_postgres::{
    Database,
    jobs::{JobRunner, JobSignal},
};
use edina_runtime::{
    caller::CallerKey,
    clock::SharedClock,
    config::ServiceConfig,
    listeners::Listeners,
    service::{Addresses, Service},
    stop::Stop,
};

use crate::{
    Config, consume,
    grpc::ClientRegistryService,
    registry::{READ_ANEW, READ_ON, REGAIN, RELATE, References, Registry, UNDO_IMPORT},
};

/// How long a start waits for the branches; without NATS it goes on without them.
const DIRECTORY_AWAITED: Duration = Duration::from_secs(5);

/// The client-registry with its listeners bound.
pub struct App {
    config: Config,
    clock: SharedClock,
    database: Database,
    nats: Client,
    listeners: Listeners,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("addresses", &self.listeners.addresses())
            .finish_non_exhaustive()
    }
}

impl Service for App {
    type Config = Config;
    const NAME: &'static str = crate::NAME;
    // A thousand rows of an import are read and compared without a pause, while calls ask who is ringing.
    const LEAST_THREADS: usize = 4;

    fn common(config: &Config) -> &ServiceConfig {
        &config.common
    }

    async fn bind(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let common = &config.common;
        let database = Database::planned_once(common, crate::NAME)?;
        let nats = edina_messaging::connect_as(common, crate::NAME).await?;
        let listeners = Listeners::bind(common).await?;
        Ok(Self {
            config,
            clock,
            database,
            nats,
            listeners,
        })
    }

    fn addresses(&self) -> Addresses {
        self.listeners.addresses()
    }

    async fn run(self, stop: Stop) -> anyhow::Result<()> {
        let Self {
            config,
            clock,
            database,
            nats,
            listeners,
            ..
        } = self;
        let limits = config.common.limits;
        let relay = RelaySignal::default();
        let traffic = Traffic::of(Self::NAME, &config.common, &database, &nats, &clock, &stop);
        // The first phone is slow to read: numbering plans are loaded before anybody waits for them.
        tokio::task::spawn_blocking(edina_identity::normalise::phone::warm_up).await?;

        let home = Home {
            country: config.home_country.clone(),
            area_code: config.home_area_code.clone(),
        };
        let references = References::new(&config.common.caller_key);
        let directory = Directory::default();
        let followed = directory.clone().follow(traffic.jetstream.clone(), stop.clone());
        stop.spawn("directory", followed);
        // The first record after a start is read as the others are.
        tokio::time::timeout(DIRECTORY_AWAITED, directory.known())
            .await
            .ok();
        let registry = Registry::new(database.clone(), clock.clone(), relay.clone(), home)
            .knowing(directory)
            .referring(references.clone());
        traffic.watch_servers();
        traffic.say_as("registry", relay.clone());
        let messages = consume::Notification::new(relay.clone(), references);
        let listened: [(&'static str, Arc<dyn Apply>); 3] = [
            ("intake", Arc::new(consume::Intake::new(relay.clone()))),
            ("calls", Arc::new(consume::Calls::new(relay))),
            ("notification", Arc::new(messages)),
        ];
        traffic.listen(listened);

        let reader = JobRunner::new(database.clone(), clock.clone(), JobSignal::default())
            .handle(READ_ANEW, {
                let registry = registry.clone();
                move |job| {
                    let registry = registry.clone();
                    async move { registry.read_anew(job).await }
                }
            })
            .handle(UNDO_IMPORT, {
                let registry = registry.clone();
                move |job| {
                    let registry = registry.clone();
                    async move { registry.undo_import_on(job).await }
                }
            })
            .handle(REGAIN, {
                let registry = registry.clone();
                move |job| {
                    let registry = registry.clone();
                    async move { registry.regain(job).await }
                }
            })
            .handle(RELATE, {
                let registry = registry.clone();
                move |job| {
                    let registry = registry.clone();
                    async move { registry.relate(job).await }
                }
            })
            .handle(READ_ON, {
                let registry = registry.clone();
                move |job| {
                    let registry = registry.clone();
                    async move { registry.read_ledger_on(job).await }
                }
            });
        stop.spawn("jobs", reader.run(stop.clone()));

        let key = CallerKey::new(&config.common.caller_key, clock);
        let routes = ClientRegistryService::routes(registry, &key);
        let outcome = listeners
            .serve(
                routes,
                edina_proto::DESCRIPTORS,
                None,
                traffic.readiness,
                &limits,
                &stop,
            )
            .await;
        stop.request();
        outcome
    }
}
