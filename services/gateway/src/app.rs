//! The composition root: listeners, relay, jobs, live feed, HTTP.

use anyhow::Context as _;
use edina_messaging::{connection, outbox::Relay};
use edina_postgres::jobs::JobRunner;
use edina_runtime::{
    clock::SharedClock,
    config::ServiceConfig,
    grpc,
    readiness::Readiness,
    service::{Addresses, Service},
    stop::Stop,
};
use tokio::net::TcpListener;
use tonic::service::Routes;

use crate::{Config, Gateway, directory, http, imports, live};

/// The gateway with its listeners bound.
pub struct App {
    gateway: Gateway,
    nats: async_nats::Client,
    grpc: TcpListener,
    http: TcpListener,
    addresses: Addresses,
}

impl Service for App {
    type Config = Config;
    const NAME: &'static str = "gateway";

    fn common(config: &Config) -> &ServiceConfig {
        &config.common
    }

    async fn bind(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let grpc = TcpListener::bind(config.common.grpc_listen)
            .await
            .context("the gRPC address")?;
        let http = TcpListener::bind(config.common.http_listen)
            .await
            .context("the HTTP address")?;
        let addresses = Addresses {
            grpc: grpc.local_addr()?,
            http: http.local_addr()?,
        };
        let nats = connection::connect_as(&config.common, Self::NAME).await?;
        Ok(Self {
            gateway: Gateway::new(config, clock)?,
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
            gateway,
            nats,
            grpc,
            http,
            ..
        } = self;
        let readiness = Readiness::of(Self::NAME);
        let jetstream = connection::jetstream(&nats);
        let replicas = gateway.config.common.stream_replicas;
        let limits = gateway.config.common.limits;

        stop.spawn("postgres watch", {
            let (gateway, readiness, stop) = (gateway.clone(), readiness.clone(), stop.clone());
            async move { gateway.database.watch(readiness, stop).await }
        });
        stop.spawn(
            "nats watch",
            connection::watch(nats.clone(), readiness.clone(), stop.clone()),
        );
        let relay = Relay {
            database: gateway.database.clone(),
            jetstream: jetstream.clone(),
            service: "gateway",
            replicas,
            clock: gateway.clock.clone(),
            signal: gateway.relay.clone(),
            readiness: readiness.clone(),
        };
        stop.spawn("relay", relay.run(stop.clone()));
        let runner = {
            let (database, clock) = (gateway.database.clone(), gateway.clock.clone());
            JobRunner::new(database.clone(), clock.clone(), gateway.jobs.clone()).handle(
                directory::PUBLISH_JOB,
                move |job| {
                    directory::publish_job(database.clone(), jetstream.clone(), clock.clone(), replicas, job)
                },
            )
        };
        stop.spawn("jobs", runner.run(stop.clone()));
        stop.spawn("imports", imports::run(gateway.clone(), stop.clone()));
        stop.spawn(
            "directories",
            directory::publish_all(
                gateway.database.clone(),
                gateway.clock.clone(),
                gateway.jobs.clone(),
                stop.clone(),
            ),
        );
        stop.spawn(
            "live signals",
            live::follow_signals(gateway.hub.clone(), nats.clone(), stop.clone()),
        );
        stop.spawn(
            "live facts",
            live::follow_facts(gateway.hub.clone(), nats, stop.clone()),
        );
        stop.spawn("live end", {
            // Open event streams would hold up the graceful stop.
            let (hub, stop) = (gateway.hub.clone(), stop.clone());
            async move {
                stop.requested().await;
                hub.close();
            }
        });

        let router = edina_runtime::http::operations(readiness.clone()).merge(http::router(&gateway));
        let serve_grpc = grpc::serve(
            grpc,
            Routes::default(),
            edina_proto::DESCRIPTORS,
            readiness,
            &limits,
            stop.clone(),
        );
        let serve_http = edina_runtime::http::serve(http, router, &limits, stop.clone());
        let ended = tokio::try_join!(serve_grpc, serve_http);
        stop.request();
        ended.map(drop)
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
