//! What every request handler has at hand.

use std::{ops::Deref, sync::Arc};

use edina_messaging::outbox::RelaySignal;
use edina_postgres::{Database, jobs::JobSignal};
use edina_proto::directory::v1::Group;
use edina_runtime::{caller::CallerKey, clock::SharedClock, group::GroupId};
use tonic::Code;

use crate::{
    Config,
    console::pages::Pages,
    directory::DirectoryCache,
    http::{problem::Problem, proxy::Proxy},
    imports::Importing,
    live::Hub,
    session::Identity,
    upstream::{Ask, Upstream},
};

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Parts>);

/// The parts behind [`Gateway`].
pub struct Parts {
    /// Its settings.
    pub config: Config,
    /// Its database.
    pub database: Database,
    /// Time source.
    pub clock: SharedClock,
    /// The other services.
    pub upstream: Upstream,
    /// What happens, for open pages.
    pub hub: Hub,
    /// Templates and texts.
    pub pages: Pages,
    /// Branches and people.
    pub directory: DirectoryCache,
    /// Routes that other services serve.
    pub proxy: Proxy,
    /// Wakes the jobs.
    pub jobs: JobSignal,
    /// Files for import.
    pub importing: Importing,
    /// Wakes the relay.
    pub relay: RelaySignal,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gateway")
    }
}

impl Deref for Gateway {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Gateway {
    /// Puts the parts together; nothing connects before it is used.
    pub fn new(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let database = Database::reading(&config.common, "gateway")?;
        let key = CallerKey::new(&config.common.caller_key, clock.clone());
        Ok(Self(Arc::new(Parts {
            upstream: Upstream::new(&config, key)?,
            proxy: Proxy::new(&config)?,
            pages: Pages::load()?,
            hub: Hub::default(),
            directory: DirectoryCache::default(),
            jobs: JobSignal::default(),
            importing: Importing::default(),
            relay: RelaySignal::default(),
            database,
            clock,
            config,
        })))
    }

    /// Asks another service on behalf of the requester.
    pub async fn ask<T: Ask>(&self, who: &Identity, message: T) -> Result<T::Reply, Problem> {
        Ok(self.upstream.ask(&who.caller(), message).await?)
    }

    /// Asks for work that the other service does to its end even when nobody waits any more; none when it takes longer
    /// than that.
    pub async fn begin<T: Ask>(&self, who: &Identity, message: T) -> Result<Option<T::Reply>, Problem> {
        match self.upstream.ask(&who.caller(), message).await {
            Ok(reply) => Ok(Some(reply)),
            Err(status) if [Code::Cancelled, Code::DeadlineExceeded].contains(&status.code()) => Ok(None),
            Err(status) => Err(status.into()),
        }
    }

    /// The directory of the requester's group.
    pub async fn people(&self, group: &GroupId) -> Result<Arc<Group>, Problem> {
        Ok(self.directory.get(&self.database, &self.clock, group).await?)
    }

    /// After a change of the directory: publish it, show it.
    pub fn directory_changed(&self, group: &GroupId) {
        self.directory.forget(group);
        self.jobs.wake();
        self.relay.wake();
        self.hub.say(group, &["people"]);
    }
}
