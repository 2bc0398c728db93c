//! What follows from records that are stored: what they say clients are to vehicles, their entries in the timeline, and the
//! new versions of cards that were there.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::timeline::Entry;
use crate::client::history::{OwnerEntry, Statement};

/// What follows.
#[derive(Default)]
pub(crate) struct Following {
    /// Whose statements they are, and the statements.
    pub(crate) statements: Vec<(Uuid, Statement)>,
    /// Each with another key.
    pub(crate) entries: Vec<Entry>,
    /// By how much the versions of these cards go up.
    pub(crate) touched: BTreeMap<Uuid, i64>,
}

/// A card that was there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// Its version before.
    pub(crate) before: u64,
    /// The oldest first.
    pub(crate) owners: Vec<OwnerEntry>,
}

impl Touched {
    /// One that nobody is said to look after.
    pub(super) fn new(before: i64) -> Self {
        Self {
            before: before.unsigned_abs(),
            owners: Vec::new(),
        }
    }
}

/// What is said of vehicles, by columns.
pub(super) struct Stated {
    pub(super) vehicles: Vec<Uuid>,
    pub(super) records: Vec<Uuid>,
    pub(super) clients: Vec<Uuid>,
    pub(super) roles: Vec<String>,
    pub(super) times: Vec<DateTime<Utc>>,
    pub(super) families: Vec<String>,
}

impl Following {
    pub(super) fn stated(&self) -> Stated {
        let said = || self.statements.iter();
        Stated {
            vehicles: said().map(|(_, said)| said.vehicle_id).collect(),
            records: said().map(|(_, said)| said.source_record_id).collect(),
            clients: said().map(|(client_id, _)| *client_id).collect(),
            roles: said().map(|(_, said)| said.role.clone()).collect(),
            times: said().map(|(_, said)| said.at).collect(),
            families: said()
                .map(|(_, said)| said.family.clone().unwrap_or_default())
                .collect(),
        }
    }
}
