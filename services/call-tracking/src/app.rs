//! The composition root: pool, NATS, exchanges -> servers, relay, workers.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use edina_messaging::{
    connection,
    directory::Directory,
    inbox::{Consumer, Following},
    outbox::{Relay, RelaySignal},
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
    grpc, http,
    problem::Problem,
    readiness::Readiness,
    service::{Addresses, Service},
    stop::Stop,
};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
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
    grpc: TcpListener,
    http: TcpListener,
    addresses: Addresses,
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
        let grpc = TcpListener::bind(common.grpc_listen).await?;
        let http = TcpListener::bind(common.http_listen).await?;
        let addresses = Addresses {
            grpc: grpc.local_addr()?,
            http: http.local_addr()?,
        };
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
            grpc,
            http,
            addresses,
            exchanges,
            tracking,
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
            exchanges,
            tracking,
            ..
        } = self;
        // The first number parsed loads the metadata: not while a phone rings.
        edina_identity::normalise::phone::warm_up();
        let limits = config.common.limits;
        let readiness = Readiness::of(Self::NAME);
        let database = tracking.database.clone();
        let watched = (database.clone(), readiness.clone(), stop.clone());
        stop.spawn("database watch", async move {
            watched.0.watch(watched.1, watched.2).await
        });
        stop.spawn(
            "nats watch",
            connection::watch(tracking.nats.clone(), readiness.clone(), stop.clone()),
        );
        let jetstream = connection::jetstream(&tracking.nats);
        stop.spawn(
            "directory",
            tracking.directory.clone().follow(jetstream.clone(), stop.clone()),
        );
        let relay = Relay {
            database: database.clone(),
            jetstream: jetstream.clone(),
            service: "calls",
            replicas: config.common.stream_replicas,
            clock: Arc::clone(&tracking.clock),
            signal: tracking.relay.clone(),
            readiness: readiness.clone(),
        };
        stop.spawn("relay", relay.run(stop.clone()));
        let consumer = Consumer {
            database: database.clone(),
            jetstream,
            name: Self::NAME,
            producer: "registry",
            clock: Arc::clone(&tracking.clock),
            readiness: readiness.clone(),
            replicas: config.common.stream_replicas,
            handler: Arc::new(Following::<RecordMoved, _>::by(tracking.clone())),
        };
        stop.spawn("registry consumer", consumer.run(stop.clone()));
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
                http::operations(readiness).merge(public()),
                &limits,
                stop.clone()
            ),
        )?;
        Ok(())
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
