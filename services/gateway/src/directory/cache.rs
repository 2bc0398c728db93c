//! The directory in memory for the pages: a second old at most, and at once after a change made here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use edina_postgres::Database;
use edina_proto::directory::v1::Group;
use edina_runtime::{clock::SharedClock, group::GroupId};

const FRESH: Duration = Duration::from_secs(1);

/// Directories by group.
#[derive(Debug, Clone, Default)]
pub struct DirectoryCache {
    groups: Arc<Mutex<HashMap<GroupId, Held>>>,
}

/// A directory and when it was read.
type Held = (Instant, Arc<Group>);

impl DirectoryCache {
    /// The directory of a group; an empty one when there is no such group.
    pub async fn get(
        &self,
        database: &Database,
        clock: &SharedClock,
        id: &GroupId,
    ) -> sqlx::Result<Arc<Group>> {
        let held = self
            .groups
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned();
        if let Some((read_at, group)) = held
            && read_at.elapsed() < FRESH
        {
            return Ok(group);
        }
        let group = Arc::new(super::read(database, id, clock.now()).await?.unwrap_or_default());
        self.groups
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone(), (Instant::now(), Arc::clone(&group)));
        Ok(group)
    }

    /// Forgets a group's directory after a change.
    pub fn forget(&self, id: &GroupId) {
        self.groups
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }
}
