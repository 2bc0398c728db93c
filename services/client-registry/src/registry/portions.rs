//! Portions of imports that this process takes in: one at a time in each group, while the next looks at the cards it needs.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use edina_runtime::caller::Caller;
use tokio::{
    sync::{Notify, OwnedMutexGuard, futures::Notified},
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{
    Registry,
    resolve::{Left, Neighbourhood, Reading},
};
use crate::store;

/// How long rows wait for those before them, which may be on their way.
pub(super) const EARLIER_ROWS: Duration = Duration::from_secs(5);
/// How often they look whether another process has taken those.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// When the cards of a portion were read.
pub(super) const AHEAD: &str = "ahead";
pub(super) const IN_TURN: &str = "in_turn";

/// Counts portions whose cards were read then.
pub(super) fn count(cards: &'static str, portions: u64) {
    metrics::counter!("edina_registry_portions_total", "cards" => cards).increment(portions);
}

/// A place in an import's file: so many rows are before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) import_id: Uuid,
    pub(super) row: u64,
}

/// What the portion stored last left for the one after it.
pub(super) struct Stored {
    /// Where it ended.
    pub(super) end: Place,
    /// How often cards had been changed when it ended.
    pub(super) changes: i64,
    pub(super) left: Left,
}

#[derive(Default)]
struct Group {
    turn: Arc<tokio::sync::Mutex<Option<Stored>>>,
    /// Where the portion ends that is being stored; none when it is about to be committed.
    storing: Mutex<Option<Place>>,
}

/// The next portion looks ahead meanwhile; it asks the database for its turn only when the one before is stored, so that a call
/// that came in between goes first.
#[derive(Clone, Default)]
pub(super) struct Portions {
    groups: Arc<Mutex<HashMap<String, Arc<Group>>>>,
    went_on: Arc<Notify>,
}

impl fmt::Debug for Portions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portions").finish_non_exhaustive()
    }
}

impl Portions {
    fn group(&self, group: &str) -> Arc<Group> {
        let mut groups = lock(&self.groups);
        Arc::clone(groups.entry(group.to_owned()).or_default())
    }

    /// The turn among the portions of this process, with what the last one left.
    pub(super) async fn turn(&self, group: &str) -> OwnedMutexGuard<Option<Stored>> {
        let turn = Arc::clone(&self.group(group).turn);
        turn.lock_owned().await
    }

    /// Ends when some portion has begun or ended since this was called.
    pub(super) fn went_on(&self) -> Notified<'_> {
        self.went_on.notified()
    }

    /// Wakes those who wait for a portion to end.
    pub(super) fn tell(&self) {
        self.went_on.notify_waiters();
    }

    /// Says that a portion is stored from now on which ends there. Its writer holds the turn, and sees all that changed
    /// before.
    pub(super) fn store(&self, group: &str, end: Place) -> Storing {
        let group = self.group(group);
        *lock(&group.storing) = Some(end);
        self.went_on.notify_waiters();
        Storing {
            group,
            went_on: Arc::clone(&self.went_on),
        }
    }

    fn is_storing(&self, group: &str, end: Place) -> bool {
        *lock(&self.group(group).storing) == Some(end)
    }

    /// Whether the portion that ends at this place is being stored, as soon as it is; no when none before it is under way.
    async fn comes_before(&self, group: &str, place: Place) -> bool {
        let of = self.group(group);
        let asked_at = Instant::now();
        while asked_at.elapsed() < EARLIER_ROWS {
            let went_on = self.went_on();
            match *lock(&of.storing) {
                Some(end) if end == place => return true,
                Some(end) if end.import_id != place.import_id || end.row > place.row => return false,
                None if of.turn.try_lock().is_ok() => return false,
                _ => {}
            }
            // Told, or looked at again: which of the two does not matter.
            timeout(LOOK_AGAIN, went_on).await.ok();
        }
        false
    }
}

/// A portion that is being stored; dropped before it is committed: who still sees it then sees the cards without it.
pub(super) struct Storing {
    group: Arc<Group>,
    went_on: Arc<Notify>,
}

impl Drop for Storing {
    fn drop(&mut self) {
        *lock(&self.group.storing) = None;
        self.went_on.notify_waiters();
    }
}

impl Registry {
    /// The cards that rows may belong to as they are before the portion that ends at this place, which is being stored;
    /// nothing when it is not, or when no connection is free. To look takes as long as to store, and another processor.
    pub(super) async fn look_ahead(
        &self,
        caller: &Caller,
        place: Place,
        readings: &[Reading<'_>],
    ) -> Option<Neighbourhood> {
        let group = caller.group.as_str();
        if !self.portions.comes_before(group, place).await {
            return None;
        }
        let mut tx = self.database.begin_if_free(&caller.group).await?;
        store::changes::stand_still(&mut tx).await.ok()?;
        // Still not committed: what is seen from here on is without it.
        if !self.portions.is_storing(group, place) {
            return None;
        }
        let near = self.look(&mut tx, caller, readings).await.ok()?;
        tx.rollback().await.ok()?;
        Some(near)
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
