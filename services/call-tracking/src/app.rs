//! The composition root: pool, NATS, exchanges -> servers, relay, workers.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
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
    calls::v1::call_tracking_server::CallTrackingServer,
    registry::v1::{RecordMoved, client_registry_client::ClientRegistryClient},
};
use edina_runtime::{
    caller::CallerKey,
    clock::SharedClock,
    config::ServiceConfig,
    listeners::Listeners,
    problem::Problem,
    service::{Addresses, Service},
    stop::Stop,
};
use secrecy::ExposeSecret as _;
use tonic::service::{Routes, interceptor::InterceptedService};

use crate::{
    ami::settings::PbxAddress,
    config::Config,
    grpc::CallTrackingService,
    tracking::{self, Connection, Connections, Tracking, Turn, job},
};

/// Connections for saying and seeing who reads which PBX, beside those for the work.
const TURN_CONNECTIONS: u32 = 2;

/// call-tracking, bound and ready to run.
#[derive(Debug)]
pub struct App {
    config: Config,
    listeners: Listeners,
    exchanges: Vec<PbxAddress>,
    tracking: Tracking,
}

impl Service for App {
    type Config = Config;
    const NAME: &'static str = "call-tracking";

    fn common(config: &Config) -> &ServiceConfig {
        &config.common
    }

    async fn bind(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let common = &config.common;
        let mut exchanges = Vec::new();
        for (at, pbx) in config.pbx.iter().enumerate() {
            // The name is part of every call's identity.
            let is_new = !config.pbx[..at]
                .iter()
                .any(|other| other.name == pbx.name && other.group == pbx.group);
            anyhow::ensure!(
                !pbx.name.is_empty() && is_new,
                "PBX {:?}: every PBX of a group needs a name of its own",
                pbx.name
            );
            let address = pbx
                .url
                .expose_secret()
                .parse::<PbxAddress>()
                .with_context(|| format!("PBX {}", pbx.name))?;
            tracking::plan(pbx).with_context(|| format!("PBX {}", pbx.name))?;
            exchanges.push(address.believing(&common.trust()?));
        }
        let listeners = Listeners::bind(common).await?;
        let tracking = Tracking {
            database: Database::of(common, Self::NAME)?,
            registry: ClientRegistryClient::new(common.channel(&config.registry_url)?),
            callers: CallerKey::new(&common.caller_key, Arc::clone(&clock)),
            clock,
            directory: Directory::default(),
            nats: edina_messaging::connect_as(common, Self::NAME).await?,
            relay: RelaySignal::default(),
            jobs: JobSignal::default(),
            callback_minutes: config.callback_minutes,
        };
        Ok(Self {
            config,
            listeners,
            exchanges,
            tracking,
        })
    }

    fn addresses(&self) -> Addresses {
        self.listeners.addresses()
    }

    async fn run(self, stop: Stop) -> anyhow::Result<()> {
        let Self {
            config,
            listeners,
            exchanges,
            tracking,
            ..
        } = self;
        // The first number parsed loads the metadata: not while a phone rings.
        edina_identity::normalise::phone::warm_up();
        let limits = config.common.limits;
        let database = tracking.database.clone();
        let traffic = Traffic::of(
            Self::NAME,
            &config.common,
            &database,
            &tracking.nats,
            &tracking.clock,
            &stop,
        );
        traffic.watch_servers();
        stop.spawn(
            "directory",
            tracking
                .directory
                .clone()
                .follow(traffic.jetstream.clone(), stop.clone()),
        );
        traffic.say_as("calls", tracking.relay.clone());
        let moves = Following::<RecordMoved, _>::by(tracking.clone());
        let listened: [(&'static str, Arc<dyn Apply>); 1] = [("registry", Arc::new(moves))];
        traffic.listen(listened);
        stop.spawn("jobs", jobs(&tracking, database).run(stop.clone()));
        let groups = config.pbx.iter().map(|pbx| pbx.group.clone()).collect();
        stop.spawn(
            "calls without a card",
            tracking.clone().tell_cardless_calls(groups, stop.clone()),
        );

        let connections = Connections::default();
        let turns = Database::with(&config.common, TURN_CONNECTIONS, Self::NAME)?;
        let me = uuid::Uuid::now_v7();
        for (pbx, address) in config.pbx.iter().zip(exchanges) {
            let connection = Connection::new(pbx.clone(), address);
            connections.add(connection.clone());
            let turn = Turn {
                database: turns.clone(),
                clock: Arc::clone(&tracking.clock),
                group: pbx.group.clone(),
                pbx: pbx.name.clone(),
                me,
            };
            let plan = tracking::plan(pbx)?;
            stop.spawn(
                "pbx",
                tracking::attend(tracking.clone(), connection, turn, plan, stop.clone()),
            );
        }

        let service = CallTrackingServer::new(CallTrackingService::new(tracking.clone(), connections));
        let routes = Routes::new(InterceptedService::new(service, tracking.callers.interceptor()));
        listeners
            .serve(routes, DESCRIPTORS, public(), traffic.readiness, &limits, &stop)
            .await
    }
}

/// The public routes. Provider webhooks come with their own work; until then every path says so.
fn public() -> Router {
    Router::new().fallback(async || {
        Problem::new(
            axum::http::StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing here",
        )
        .detail("no telephony provider posts here yet; PBXs are connected by their manager interface")
    })
}

fn jobs(tracking: &Tracking, database: Database) -> JobRunner {
    let (resolve, owner, due) = (tracking.clone(), tracking.clone(), tracking.clone());
    JobRunner::new(database, Arc::clone(&tracking.clock), tracking.jobs.clone())
        .handle(job::RESOLVE, move |job| {
            let tracking = resolve.clone();
            async move { tracking.resolve_call(job).await }
        })
        .handle(job::TASK_OWNER, move |job| {
            let tracking = owner.clone();
            async move { tracking.task_owner(job).await }
        })
        .handle(job::TASK_DUE, move |job| {
            let tracking = due.clone();
            async move { tracking.task_due(job).await }
        })
}
