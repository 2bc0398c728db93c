//! The composition root: pool, NATS, clock -> servers, relay, consumers, workers.

use std::sync::Arc;

use edina_messaging::{
    directory::Directory,
    inbox::{Apply, Following},
    outbox::RelaySignal,
    traffic::Traffic,
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
    listeners::Listeners,
    service::{Addresses, Service},
    stop::Stop,
};
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
    listeners: Listeners,
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
        let listeners = Listeners::bind(common).await?;
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
            listeners,
            nats,
            intake,
        })
    }

    fn addresses(&self) -> Addresses {
        self.listeners.addresses()
    }

    async fn run(self, stop: Stop) -> anyhow::Result<()> {
        let Self {
            config,
            listeners,
            nats,
            intake,
            ..
        } = self;
        let limits = config.common.limits;
        let database = intake.database.clone();
        let traffic = Traffic::of(Self::NAME, &config.common, &database, &nats, &intake.clock, &stop);
        traffic.watch_servers();
        stop.spawn(
            "directory",
            intake
                .directory
                .clone()
                .follow(traffic.jetstream.clone(), stop.clone()),
        );
        stop.spawn("waiting leads", intake.clone().follow_directory(stop.clone()));
        stop.spawn("response clock", intake.clone().tell_waiting_leads(stop.clone()));
        traffic.say_as("intake", intake.relay.clone());
        let moves = Following::<RecordMoved, _>::by(intake.clone());
        let listened: [(&'static str, Arc<dyn Apply>); 2] = [
            ("calls", Arc::new(FromCalls(intake.clone()))),
            ("registry", Arc::new(moves)),
        ];
        traffic.listen(listened);
        stop.spawn("jobs", jobs(&intake, database).run(stop.clone()));

        let service = LeadIntakeServer::new(LeadIntakeService::new(intake.clone()));
        let routes = Routes::new(InterceptedService::new(service, intake.callers.interceptor()));
        let door = router(Door::new(intake, &config));
        listeners
            .serve(routes, DESCRIPTORS, door, traffic.readiness, &limits, &stop)
            .await
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
