//! Composition root: settings and clock into servers, relay and consumers.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use async_nats::Client;
use edina_identity::Home;
use edina_messaging::{
    connection,
    inbox::{Apply, Consumer},
    outbox::{Relay, RelaySignal},
};
use edina_postgres::{
    Database,
    jobs::{JobRunner, JobSignal},
};
use edina_runtime::{
    caller::CallerKey,
    clock::SharedClock,
    config::ServiceConfig,
    grpc, http,
    readiness::Readiness,
    service::{Addresses, Service},
    stop::Stop,
};
use tokio::net::TcpListener;

use crate::{
    Config, consume,
    grpc::ClientRegistryService,
    registry::{READ_ANEW, READ_ON, References, Registry, UNDO_IMPORT},
};

/// The client-registry with its listeners bound.
pub struct App {
    config: Config,
    clock: SharedClock,
    database: Database,
    nats: Client,
    grpc: TcpListener,
    http: TcpListener,
    addresses: Addresses,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Service for App {
    type Config = Config;
    const NAME: &'static str = crate::NAME;

    fn common(config: &Config) -> &ServiceConfig {
        &config.common
    }

    async fn bind(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let common = &config.common;
        let database = Database::planned_once(common, crate::NAME)?;
        let nats = edina_messaging::connect_as(common, crate::NAME).await?;
        let grpc = listen(common.grpc_listen).await?;
        let http = listen(common.http_listen).await?;
        let addresses = Addresses {
            grpc: grpc.local_addr()?,
            http: http.local_addr()?,
        };
        Ok(Self {
            config,
            clock,
            database,
            nats,
            grpc,
            http,
            addresses,
        })
    }

    fn addresses(&self) -> Addresses {
        self.addresses
    }

    async fn run(self, stop: Stop) -> anyhow::Result<()> {
        let Self {
            config,
            clock,
            database,
            nats,
            grpc: grpc_listener,
            http: http_listener,
            ..
        } = self;
        let limits = config.common.limits;
        let readiness = Readiness::of(Self::NAME);
        let relay = RelaySignal::default();
        let jetstream = connection::jetstream(&nats);
        // The first phone is slow to read: numbering plans are loaded before anybody waits for them.
        tokio::task::spawn_blocking(edina_identity::normalise::phone::warm_up).await?;

        let home = Home {
            country: config.home_country.clone(),
            area_code: config.home_area_code.clone(),
        };
        let references = References::new(&config.common.caller_key);
        let registry =
            Registry::new(database.clone(), clock.clone(), relay.clone(), home).referring(references.clone());
        stop.spawn("postgres watch", {
            let (database, readiness, stop) = (database.clone(), readiness.clone(), stop.clone());
            async move { database.watch(readiness, stop).await }
        });
        stop.spawn(
            "nats watch",
            connection::watch(nats, readiness.clone(), stop.clone()),
        );
        let publisher = Relay {
            database: database.clone(),
            jetstream: jetstream.clone(),
            service: "registry",
            replicas: config.common.stream_replicas,
            clock: clock.clone(),
            signal: relay.clone(),
            readiness: readiness.clone(),
        };
        stop.spawn("relay", publisher.run(stop.clone()));
        let messages = consume::Notification::new(relay.clone(), references);
        let listened: [(&'static str, Arc<dyn Apply>); 3] = [
            ("intake", Arc::new(consume::Intake::new(relay.clone()))),
            ("calls", Arc::new(consume::Calls::new(relay))),
            ("notification", Arc::new(messages)),
        ];
        for (producer, handler) in listened {
            let consumer = Consumer {
                database: database.clone(),
                jetstream: jetstream.clone(),
                name: crate::NAME,
                producer,
                clock: clock.clone(),
                readiness: readiness.clone(),
                replicas: config.common.stream_replicas,
                handler,
            };
            stop.spawn("consumer", consumer.run(stop.clone()));
        }

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
        let serving_grpc = grpc::serve(
            grpc_listener,
            routes,
            edina_proto::DESCRIPTORS,
            readiness.clone(),
            &limits,
            stop.clone(),
        );
        let serving_http = http::serve(http_listener, http::operations(readiness), &limits, stop.clone());
        let outcome = tokio::try_join!(serving_grpc, serving_http);
        stop.request();
        outcome.map(|_| ())
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address}"))
}
