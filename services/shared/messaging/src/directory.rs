//! The directory (branches, employees, extensions, absences) of every group, kept in memory by each service.
//!
//! The gateway publishes it to a key-value bucket, key = group; a new copy of a service starts with a full picture.

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use async_nats::jetstream::{self, kv};
use chrono::{DateTime, Utc};
use edina_proto::directory::v1::{Branch, Employee, Group};
use edina_runtime::{group::GroupId, stop::Stop};
use futures::StreamExt as _;
use prost::Message as _;
use tokio::sync::watch;

const BUCKET: &str = "EDINA_DIRECTORY";
const RETRY: Duration = Duration::from_secs(1);

/// The directory as last seen. Cheap to clone and to read.
#[derive(Debug, Clone)]
pub struct Directory {
    groups: Arc<ArcSwap<HashMap<GroupId, Arc<Group>>>>,
    version: watch::Sender<u64>,
    known: watch::Sender<bool>,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            groups: Arc::default(),
            version: watch::Sender::new(0),
            known: watch::Sender::new(false),
        }
    }
}

impl Directory {
    /// One group's directory; none until it was seen.
    pub fn group(&self, group: &GroupId) -> Option<Arc<Group>> {
        self.groups.load().get(group).cloned()
    }

    /// All groups seen.
    pub fn groups(&self) -> Vec<GroupId> {
        self.groups.load().keys().cloned().collect()
    }

    /// Changes whenever any group's directory does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Waits until everything that was published before has been seen once.
    pub async fn known(&self) {
        // The sender is this one's own.
        self.known.subscribe().wait_for(|known| *known).await.ok();
    }

    /// Takes a newer version of a group's directory; older ones are ignored.
    pub fn put(&self, id: GroupId, group: Group) {
        if self.group(&id).is_some_and(|known| known.version > group.version) {
            return;
        }
        let mut groups = HashMap::clone(&self.groups.load());
        groups.insert(id, Arc::new(group));
        self.groups.store(Arc::new(groups));
        self.version.send_modify(|version| *version += 1);
    }

    /// Follows the bucket until the stop; starts again after any error.
    pub async fn follow(self, context: jetstream::Context, stop: Stop) {
        while !stop.is_requested() {
            let outcome =
                tokio::select! { () = stop.requested() => return, outcome = self.read(&context) => outcome };
            if let Err(error) = outcome {
                tracing::debug!("directory: {error:#}");
            }
            tokio::select! { () = stop.requested() => return, () = tokio::time::sleep(RETRY) => {} }
        }
    }

    async fn read(&self, context: &jetstream::Context) -> anyhow::Result<()> {
        let bucket = bucket(context, 1).await?;
        if bucket.status().await?.values() == 0 {
            self.known.send_replace(true);
        }
        let mut entries = bucket.watch_with_history(">").await?;
        while let Some(entry) = entries.next().await {
            let entry = entry?;
            let is_last = entry.delta == 0;
            let put = entry.operation == kv::Operation::Put;
            match (entry.key.parse::<GroupId>(), Group::decode(entry.value)) {
                _ if !put => {}
                (Ok(id), Ok(group)) => self.put(id, group),
                _ => tracing::warn!(key = entry.key, "unreadable directory entry"),
            }
            if is_last {
                self.known.send_replace(true);
            }
        }
        Ok(())
    }
}

async fn bucket(context: &jetstream::Context, replicas: usize) -> anyhow::Result<kv::Store> {
    if let Ok(store) = context.get_key_value(BUCKET).await {
        return Ok(store);
    }
    let config = kv::Config {
        bucket: BUCKET.to_owned(),
        history: 4,
        num_replicas: replicas,
        ..kv::Config::default()
    };
    Ok(context.create_key_value(config).await?)
}

/// Publishes a group's directory (the gateway does).
pub async fn publish(
    context: &jetstream::Context,
    id: &GroupId,
    group: &Group,
    replicas: usize,
) -> anyhow::Result<()> {
    bucket(context, replicas)
        .await?
        .put(id.as_str(), group.encode_to_vec().into())
        .await?;
    Ok(())
}

/// An employee by id.
pub fn employee<'a>(group: &'a Group, employee_id: &str) -> Option<&'a Employee> {
    group
        .employees
        .iter()
        .find(|employee| employee.employee_id == employee_id)
}

/// The active employee at whose desk this extension rings.
pub fn employee_at<'a>(group: &'a Group, extension: &str) -> Option<&'a Employee> {
    group
        .employees
        .iter()
        .find(|employee| employee.active && !extension.is_empty() && employee.extension == extension)
}

/// A branch by id.
pub fn branch<'a>(group: &'a Group, branch_id: &str) -> Option<&'a Branch> {
    group.branches.iter().find(|branch| branch.branch_id == branch_id)
}

/// Whether the employee is active and not absent at that instant.
pub fn present(employee: &Employee, at: DateTime<Utc>) -> bool {
    let instant = |text: &str| {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| at.with_timezone(&Utc))
    };
    employee.active
        && !employee.absences.iter().any(|absence| {
            instant(&absence.from).is_none_or(|from| from <= at)
                && instant(&absence.to).is_none_or(|to| at < to)
        })
}
