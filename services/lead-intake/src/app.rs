//! The composition root: pool, NATS, clock -> servers, relay, consumers, workers.

use std::sync::Arc;

use edina_messaging::{
    connection,
    directory::Directory,
    inbox::{Apply, Consumer, Following},
    outbox::{Relay, RelaySignal},
};
use edina_postgres::{
    Database,
    jobs::{JobRunner, JobSignal},
};
use edina_proto::{
    DESCRIPTORS,
    intake::v1::lead_intake_server::LeadIntakeServer,
    registry::v1::{RecordMoved, client_registry_client::ClientRegistryClient},
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
use tonic::service::{Routes, interceptor::InterceptedService};

use crate::{
    config::Config,
    consume::FromCalls,
    grpc::LeadIntakeService,
    http::{Door, router},
    intake::{Intake, KnownSources, job},
};

/// lead-intake, bound and ready to run.
#[derive(Debug)]
pub struct App {
    config: Config,
    grpc: TcpListener,
    http: TcpListener,
    addresses: Addresses,
    nats: async_nats::Client,
    intake: Intake,
}

impl Service for App {
    type Config = Config;
    const NAME: &'static str = "lead-intake";

    fn common(config: &Config) -> &ServiceConfig {
        &config.common
    }

    async fn bind(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let common = &config.common;
        let grpc = TcpListener::bind(common.grpc_listen).await?;
        let http = TcpListener::bind(common.http_listen).await?;
        let addresses = Addresses {
            grpc: grpc.local_addr()?,
            http: http.local_addr()?,
        };
        let nats = edina_messaging::connect_as(common, Self::NAME).await?;
        let intake = Intake {
            database: Database::of(common, Self::NAME)?,
            registry: ClientRegistryClient::new(common.channel(&config.registry_url)?),
            callers: CallerKey::new(&common.caller_key, Arc::clone(&clock)),
            clock,
            directory: Directory::default(),
            relay: RelaySignal::default(),
            jobs: JobSignal::default(),
            known_sources: KnownSources::default(),
            default_zone: config.default_zone,
        };
        Ok(Self {
            config,
            grpc,
            http,
            addresses,
            nats,
            intake,
        })
    }

    fn addresses(&self) -> Addresses {
        self.addresses
    }

    async fn run(self, stop: Stop) -> anyhow::Result<()> {
        let Self {
            config,
            grpc,
            http,
            nats,
            intake,
            ..
        } = self;
        let limits = config.common.limits;
        let readiness = Readiness::of(Self::NAME);
        let jetstream = connection::jetstream(&nats);
        let database = intake.database.clone();

        let watched = (database.clone(), readiness.clone(), stop.clone());
        stop.spawn("database watch", async move {
            watched.0.watch(watched.1, watched.2).await
        });
        stop.spawn(
            "nats watch",
            connection::watch(nats, readiness.clone(), stop.clone()),
        );
        stop.spawn(
            "directory",
            intake.directory.clone().follow(jetstream.clone(), stop.clone()),
        );
        stop.spawn("waiting leads", intake.clone().follow_directory(stop.clone()));
        stop.spawn("response clock", intake.clone().tell_waiting_leads(stop.clone()));
        let relay = Relay {
            database: database.clone(),
            jetstream: jetstream.clone(),
            service: "intake",
            replicas: config.common.stream_replicas,
            clock: Arc::clone(&intake.clock),
            signal: intake.relay.clone(),
            readiness: readiness.clone(),
        };
        stop.spawn("relay", relay.run(stop.clone()));
        let moves = Following::<RecordMoved, _>::by(intake.clone());
        let listened: [(&'static str, Arc<dyn Apply>); 2] = [
            ("calls", Arc::new(FromCalls(intake.clone()))),
            ("registry", Arc::new(moves)),
        ];
        for (producer, handler) in listened {
            let consumer = Consumer {
                database: database.clone(),
                jetstream: jetstream.clone(),
                name: Self::NAME,
                producer,
                clock: Arc::clone(&intake.clock),
                readiness: readiness.clone(),
                replicas: config.common.stream_replicas,
                handler,
            };
            stop.spawn("consumer", consumer.run(stop.clone()));
        }
        stop.spawn("jobs", jobs(&intake, database).run(stop.clone()));

        let service = LeadIntakeServer::new(LeadIntakeService::new(intake.clone()));
        let routes = Routes::new(InterceptedService::new(service, intake.callers.interceptor()));
        let door = router(Door::new(intake, &config));
        tokio::try_join!(
            grpc::serve(
                grpc,
                routes,
                DESCRIPTORS,
                readiness.clone(),
                &limits,
                stop.clone()
            ),
            http::serve(
                http,
                http::operations(readiness).merge(door),
                &limits,
                stop.clone()
            ),
        )?;
        Ok(())
    }
}

fn jobs(intake: &Intake, database: Database) -> JobRunner {
    macro_rules! with {
        ($use_case:ident) => {{
            let intake = intake.clone();
            move |work| {
                let intake = intake.clone();
                async move { intake.$use_case(work).await }
            }
        }};
    }
    JobRunner::new(database, Arc::clone(&intake.clock), intake.jobs.clone())
        .handle_together(job::RESOLVE, with!(resolve_leads))
        .handle(job::ASSIGN, with!(assign_by_rule))
        .handle(job::CLOCK, with!(clock_ran_out))
        .handle(job::PURCHASE, with!(record_purchase))
}
