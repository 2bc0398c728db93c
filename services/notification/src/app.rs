//! The composition root: pool, NATS, clock, providers -> servers, relay, consumers, workers.

use std::sync::Arc;

use edina_messaging::{directory::Directory, inbox::Apply, outbox::RelaySignal, traffic::Traffic};
use edina_postgres::{
    Database,
    jobs::{JobRunner, JobSignal},
};
use edina_proto::{
    DESCRIPTORS, calls::v1::call_tracking_client::CallTrackingClient,
    intake::v1::lead_intake_client::LeadIntakeClient,
    notification::v1::notification_server::NotificationServer,
    registry::v1::client_registry_client::ClientRegistryClient,
};
use edina_runtime::{
    caller::CallerKey,
    clock::SharedClock,
    config::ServiceConfig,
    listeners::Listeners,
    service::{Addresses, Service},
    stop::Stop,
};
use tokio_util::sync::CancellationToken;
use tonic::service::{Routes, interceptor::InterceptedService};

use crate::{
    channel::SmsProvider as _,
    config::Config,
    consume::{FromCalls, FromIntake},
    delivery::{Dispatcher, InFlight, Links, job, links::LinkSettings},
    grpc::NotificationService,
};

/// notification, bound and ready to run.
pub struct App {
    config: Config,
    links: LinkSettings,
    listeners: Listeners,
    nats: async_nats::Client,
    clock: SharedClock,
    database: Database,
}

impl Service for App {
    type Config = Config;
    const NAME: &'static str = "notification";

    fn common(config: &Config) -> &ServiceConfig {
        &config.common
    }

    async fn bind(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let common = &config.common;
        let links = LinkSettings::read(&config)?;
        config.policy()?;
        let listeners = Listeners::bind(common).await?;
        let nats = edina_messaging::connect_as(common, Self::NAME).await?;
        let database = Database::of(common, Self::NAME)?;
        Ok(Self {
            config,
            links,
            listeners,
            nats,
            clock,
            database,
        })
    }

    fn addresses(&self) -> Addresses {
        self.listeners.addresses()
    }

    async fn run(self, stop: Stop) -> anyhow::Result<()> {
        let Self {
            config,
            links,
            listeners,
            nats,
            clock,
            database,
            ..
        } = self;
        let common = &config.common;
        let traffic = Traffic::of(Self::NAME, common, &database, &nats, &clock, &stop);
        let links_end = CancellationToken::new();
        let links = Arc::new(Links::start(links, &clock, &links_end).await?);
        let dispatcher = Dispatcher {
            registry: ClientRegistryClient::new(common.channel(&config.registry_url)?),
            intake: LeadIntakeClient::new(common.channel(&config.intake_url)?),
            calls: CallTrackingClient::new(common.channel(&config.calls_url)?),
            callers: CallerKey::new(&common.caller_key, Arc::clone(&clock)),
            directory: Directory::default(),
            relay: RelaySignal::default(),
            jobs: JobSignal::default(),
            receipts: Arc::default(),
            policy: config.policy()?,
            console_url: config.console_url.clone(),
            default_zone: config.default_zone,
            in_flight: InFlight::default(),
            database: database.clone(),
            links: Arc::clone(&links),
            clock: Arc::clone(&clock),
        };

        traffic.watch_servers();
        stop.spawn(
            "directory",
            dispatcher
                .directory
                .clone()
                .follow(traffic.jetstream.clone(), stop.clone()),
        );
        traffic.say_as("notification", dispatcher.relay.clone());
        let handlers: [(&'static str, Arc<dyn Apply>); 2] = [
            ("intake", Arc::new(FromIntake(dispatcher.clone()))),
            ("calls", Arc::new(FromCalls(dispatcher.clone()))),
        ];
        traffic.listen(handlers);
        stop.spawn("receipts", dispatcher.clone().settle(stop.clone()));
        if let Some(events) = links.sms.as_ref().and_then(|link| link.provider.take_events()) {
            stop.spawn("provider events", dispatcher.clone().listen(events));
        }
        let sender = dispatcher.clone();
        let jobs = JobRunner::new(database, clock, dispatcher.jobs.clone()).handle(job::SEND, move |job| {
            let sender = sender.clone();
            async move { sender.send_message(job).await }
        });
        let (jobs_stop, links_to_end) = (stop.clone(), Arc::clone(&links));
        stop.spawn("jobs and links", async move {
            jobs.run(jobs_stop).await;
            // The links outlive the jobs, so that what is being handed over can end.
            links_to_end.stop().await;
            links_end.cancel();
        });

        let callers = dispatcher.callers.clone();
        let service = NotificationServer::new(NotificationService::new(dispatcher));
        let routes = Routes::new(InterceptedService::new(service, callers.interceptor()));
        listeners
            .serve(
                routes,
                DESCRIPTORS,
                None,
                traffic.readiness,
                &common.limits,
                &stop,
            )
            .await
    }
}
