//! The composition root: listeners, relay, jobs, live feed, HTTP.

use edina_messaging::{connection, traffic::Traffic};
use edina_postgres::jobs::JobRunner;
use edina_runtime::{
    clock::SharedClock,
    config::ServiceConfig,
    listeners::Listeners,
    service::{Addresses, Service},
    stop::Stop,
};
use tonic::service::Routes;

use crate::{Config, Gateway, directory, http, imports, live};

/// The gateway with its listeners bound.
pub struct App {
    gateway: Gateway,
    nats: async_nats::Client,
    listeners: Listeners,
}

impl Service for App {
    type Config = Config;
    const NAME: &'static str = "gateway";

    fn common(config: &Config) -> &ServiceConfig {
        &config.common
    }

    async fn bind(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let listeners = Listeners::bind(&config.common).await?;
        let nats = connection::connect_as(&config.common, Self::NAME).await?;
        Ok(Self {
            gateway: Gateway::new(config, clock)?,
            nats,
            listeners,
        })
    }

    fn addresses(&self) -> Addresses {
        self.listeners.addresses()
    }

    async fn run(self, stop: Stop) -> anyhow::Result<()> {
        let Self {
            gateway,
            nats,
            listeners,
            ..
        } = self;
        let limits = gateway.config.common.limits;
        let traffic = Traffic::of(
            Self::NAME,
            &gateway.config.common,
            &gateway.database,
            &nats,
            &gateway.clock,
            &stop,
        );
        traffic.watch_servers();
        traffic.say_as("gateway", gateway.relay.clone());
        let runner = {
            let (database, clock) = (gateway.database.clone(), gateway.clock.clone());
            let (jetstream, replicas) = (traffic.jetstream.clone(), traffic.replicas);
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

        let ended = listeners
            .serve(
                Routes::default(),
                edina_proto::DESCRIPTORS,
                http::router(&gateway),
                traffic.readiness,
                &limits,
                &stop,
            )
            .await;
        stop.request();
        ended
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("addresses", &self.listeners.addresses())
            .finish_non_exhaustive()
    }
}
