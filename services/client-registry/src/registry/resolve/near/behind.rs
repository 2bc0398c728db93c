//! Cards that were read while the records before these were stored, brought up to what these left.

use std::collections::{BTreeSet, HashSet};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{super::decisions::Decisions, Neighbourhood, Reading, names_of};
use crate::{
    registry::undo_import::Counted,
    store::{self, keys::TOTAL},
};

/// What the records of one transaction changed for whoever reads cards.
pub(in crate::registry) struct Left {
    /// Who got which keys.
    held: Vec<(Uuid, Vec<i64>)>,
    /// Clients whose cards changed.
    touched: HashSet<Uuid>,
    /// Clients who lost a record.
    lost: HashSet<Uuid>,
    /// By how much values are said more often.
    counted: Counted,
}

impl Left {
    /// What remains of a neighbourhood when everything that was decided in it is stored.
    pub(in crate::registry::resolve) fn of(
        near: Neighbourhood,
        decided: &Decisions,
        counted: Counted,
    ) -> Self {
        let records = decided.records.iter().map(|record| record.client_id);
        let merges = decided.merges.iter().flat_map(|merge| [merge.one, merge.other]);
        let repairs = decided.repairs.iter().flat_map(|repair| [repair.from, repair.to]);
        Self {
            held: near.keys.into_held(),
            touched: records.chain(merges).chain(repairs).collect(),
            lost: decided.repairs.iter().map(|repair| repair.from).collect(),
            counted,
        }
    }
}

impl Neighbourhood {
    /// Makes what was looked at before the records that left this what it would be had it been read now. Who asks for it
    /// holds the turn, and knows that nobody else changed a card.
    pub(in crate::registry::resolve) async fn catch_up(
        &mut self,
        connection: &mut PgConnection,
        group: &str,
        readings: &[&Reading<'_>],
        left: Left,
    ) -> sqlx::Result<()> {
        let wanted: HashSet<i64> = readings
            .iter()
            .flat_map(|reading| reading.keys.iter().copied())
            .collect();
        self.keys.catch_up(&left.held, &wanted);
        for ((kind, value), count) in &left.counted {
            let count = count.unsigned_abs();
            if *kind == TOTAL {
                self.counts.add_records(count);
            } else {
                self.counts.add(kind, value, count);
            }
        }
        let roots = left.touched.iter().filter_map(|client| self.root_of.get(client));
        let without_records = left
            .touched
            .iter()
            .filter(|client| self.cards.contains_key(client));
        let changed: HashSet<Uuid> = roots.chain(without_records).copied().collect();
        self.cards.retain(|root, _| !changed.contains(root));
        let mut stale: BTreeSet<Uuid> = BTreeSet::new();
        self.root_of.retain(|client, root| {
            let gone = changed.contains(root);
            if gone {
                stale.insert(*client);
            }
            !gone
        });
        stale.extend(
            self.clients_near(readings)
                .into_iter()
                .filter(|client| !self.root_of.contains_key(client)),
        );
        let read = self.read_cards(connection, group, &stale, None).await?;
        let cards = read.iter().filter_map(|root| self.cards.get(root));
        let names: Vec<_> = names_of(cards.flatten()).into_iter().collect();
        if !names.is_empty() {
            let counts = store::keys::counts(connection, group, &names, None).await?;
            self.counts.take(counts);
        }
        self.lost = left.lost;
        self.unchanged = true;
        self.hear(connection, group).await
    }
}
