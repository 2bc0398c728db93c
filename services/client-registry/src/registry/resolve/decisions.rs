//! What was decided of records, before it is stored.

use std::{collections::BTreeMap, sync::Arc};

use uuid::Uuid;

use crate::client::why::Explained;

/// Where a record goes.
pub(super) struct Decided {
    pub(super) id: Uuid,
    pub(super) client_id: Uuid,
    /// Kind of the client that it makes.
    pub(super) new_client: Option<&'static str>,
    /// Why it was linked.
    pub(super) why: Option<Explained>,
    /// Clients that may be the same.
    pub(super) doubts: Vec<(Uuid, Explained)>,
    /// By what other records will find it: its keys but those that too many clients have, or that its client is known to have.
    pub(super) keys: Vec<i64>,
    /// Phone numbers that its client is known to have, by which he is found already.
    pub(super) numbers: Vec<Arc<str>>,
}

impl Decided {
    pub(super) fn outcome(&self) -> &'static str {
        match (self.new_client.is_some(), self.doubts.is_empty()) {
            (true, false) => "to_review",
            (true, true) => "created",
            (false, _) => "linked",
        }
    }
}

/// Two cards that are one.
pub(super) struct Merge {
    pub(super) one: Uuid,
    pub(super) other: Uuid,
    pub(super) cause: Uuid,
    pub(super) why: Explained,
}

/// A record that belongs elsewhere.
pub(super) struct Repair {
    pub(super) record_id: Uuid,
    pub(super) from: Uuid,
    pub(super) to: Uuid,
    /// Kind of the client it goes to, if that has to be made.
    pub(super) new_client: Option<&'static str>,
    pub(super) cause: Uuid,
}

/// What was decided of many records, in their order.
#[derive(Default)]
pub(super) struct Decisions {
    pub(super) records: Vec<Decided>,
    pub(super) merges: Vec<Merge>,
    pub(super) repairs: Vec<Repair>,
    /// Clients of whom repairs leave open whether they are one.
    pub(super) parted: Vec<((Uuid, Uuid), Explained)>,
    /// Surviving ids of the clients that got a record, as far as they are known without looking again.
    pub(super) roots: BTreeMap<Uuid, Uuid>,
}

impl Decisions {
    /// Whether cards that were there are joined or taken apart.
    pub(super) fn change_cards(&self) -> bool {
        !self.merges.is_empty() || !self.repairs.is_empty()
    }

    /// Takes in what was decided after.
    pub(super) fn append(&mut self, mut later: Self) {
        self.records.append(&mut later.records);
        self.merges.append(&mut later.merges);
        self.repairs.append(&mut later.repairs);
        self.parted.append(&mut later.parted);
        self.roots.append(&mut later.roots);
    }
}
