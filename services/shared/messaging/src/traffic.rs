//! The facts of one running service: those it says and those it listens to, with the servers they pass through watched.

use std::sync::Arc;

use async_nats::{Client, jetstream};
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, config::ServiceConfig, readiness::Readiness, stop::Stop};

use crate::{
    connection,
    inbox::{Apply, Consumer},
    outbox::{Relay, RelaySignal},
};

/// What relay and consumers of a service have in common. Everything started here runs until the stop.
pub struct Traffic {
    /// The service's full name, for instance `lead-intake`: durable name and inbox key of its consumers.
    pub name: &'static str,
    /// Its database.
    pub database: Database,
    /// JetStream over `nats`.
    pub jetstream: jetstream::Context,
    /// Its connection to NATS.
    pub nats: Client,
    /// Time source.
    pub clock: SharedClock,
    /// The conditions of servers, relay and consumers are kept here.
    pub readiness: Readiness,
    /// Stream replicas.
    pub replicas: usize,
    /// Its stop.
    pub stop: Stop,
}

impl Traffic {
    /// Of a service with these settings; nothing is started yet.
    pub fn of(
        name: &'static str,
        settings: &ServiceConfig,
        database: &Database,
        nats: &Client,
        clock: &SharedClock,
        stop: &Stop,
    ) -> Self {
        Self {
            name,
            database: database.clone(),
            jetstream: connection::jetstream(nats),
            nats: nats.clone(),
            clock: Arc::clone(clock),
            readiness: Readiness::of(name),
            replicas: settings.stream_replicas,
            stop: stop.clone(),
        }
    }

    /// Keeps the conditions of PostgreSQL and NATS true to life.
    pub fn watch_servers(&self) {
        let (readiness, stop) = (self.readiness.clone(), self.stop.clone());
        let database = self.database.clone();
        self.stop.spawn(
            "postgres watch",
            async move { database.watch(readiness, stop).await },
        );
        self.stop.spawn(
            "nats watch",
            connection::watch(self.nats.clone(), self.readiness.clone(), self.stop.clone()),
        );
    }

    /// Publishes what the service says, under its short name, for instance `registry`.
    pub fn say_as(&self, service: &'static str, signal: RelaySignal) {
        let relay = Relay {
            database: self.database.clone(),
            jetstream: self.jetstream.clone(),
            service,
            replicas: self.replicas,
            clock: Arc::clone(&self.clock),
            signal,
            readiness: self.readiness.clone(),
        };
        self.stop.spawn("relay", relay.run(self.stop.clone()));
    }

    /// Listens to these producers, by short name, each with what its facts do.
    pub fn listen(&self, producers: impl IntoIterator<Item = (&'static str, Arc<dyn Apply>)>) {
        for (producer, handler) in producers {
            let consumer = Consumer {
                database: self.database.clone(),
                jetstream: self.jetstream.clone(),
                name: self.name,
                producer,
                clock: Arc::clone(&self.clock),
                readiness: self.readiness.clone(),
                replicas: self.replicas,
                handler,
            };
            self.stop.spawn("consumer", consumer.run(self.stop.clone()));
        }
    }
}

impl std::fmt::Debug for Traffic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Traffic({})", self.name)
    }
}
