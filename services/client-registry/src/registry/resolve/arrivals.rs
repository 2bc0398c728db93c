//! Records that come together: which of them the base knows already, which stand twice among them, which are new.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use edina_proto::registry::v1::Owner;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reading, Resolved, decisions::Decided};
use crate::store::{self, records::Stored};

/// The records of one call, by their places in it.
pub(super) struct Arrivals<'a> {
    readings: &'a [Reading<'a>],
    known: BTreeMap<usize, Stored>,
    /// Each with the import that is being taken back, which brought it.
    pub(super) leaving: Vec<(Uuid, Uuid)>,
    /// A record that stands twice is one; each place with the first of the same.
    repeats: BTreeMap<usize, usize>,
    fresh: Vec<usize>,
    /// Whether the transaction got the turn it asked for.
    pub(super) taken: bool,
    /// Whether refusals are kept for whoever comes again.
    pub(super) refusals: bool,
}

impl<'a> Arrivals<'a> {
    /// Sorts them, and takes the lock `free` if one is named and nobody has it.
    pub(super) async fn sort(
        connection: &mut PgConnection,
        group: &str,
        readings: &'a [Reading<'a>],
        free: Option<i64>,
    ) -> sqlx::Result<Self> {
        let identities: Vec<_> = readings.iter().map(Reading::identity).collect();
        let before = store::records::find_same(connection, group, &identities, free).await?;
        let (known, leaving): (BTreeMap<_, _>, BTreeMap<_, _>) = before
            .same
            .into_iter()
            .partition(|(_, stored)| stored.leaving_with.is_none());
        let leaving: BTreeSet<(Uuid, Uuid)> = leaving
            .values()
            .filter_map(|stored| Some((stored.leaving_with?, stored.id)))
            .collect();
        let mut first: HashMap<_, usize> = HashMap::new();
        let repeats: BTreeMap<usize, usize> = identities
            .iter()
            .enumerate()
            .filter(|(place, _)| !known.contains_key(place))
            .filter_map(|(place, identity)| {
                let before = *first.entry(*identity).or_insert(place);
                (before != place).then_some((place, before))
            })
            .collect();
        let fresh = (0..readings.len())
            .filter(|place| !known.contains_key(place) && !repeats.contains_key(place))
            .collect();
        Ok(Self {
            readings,
            known,
            leaving: leaving.into_iter().collect(),
            repeats,
            fresh,
            taken: before.taken,
            refusals: before.refusals,
        })
    }

    /// Those that are to be decided, in their order.
    pub(super) fn fresh(&self) -> Vec<&'a Reading<'a>> {
        self.fresh
            .iter()
            .filter_map(|place| self.readings.get(*place))
            .collect()
    }

    /// Cards that somebody is told of and that were there before, if the new ones went to these clients.
    pub(super) fn told(&self, made: &[Decided], roots: &BTreeMap<Uuid, Uuid>) -> Vec<Uuid> {
        let linked = made
            .iter()
            .filter(|made| made.new_client.is_none())
            .filter_map(|made| roots.get(&made.client_id).copied());
        let told: BTreeSet<Uuid> = self
            .known
            .values()
            .map(|stored| stored.root_id)
            .chain(linked)
            .collect();
        told.into_iter().collect()
    }

    /// What each is answered, in their order.
    pub(super) fn answers(
        self,
        made: &[Decided],
        roots: &BTreeMap<Uuid, Uuid>,
        owners: &BTreeMap<Uuid, Vec<Owner>>,
    ) -> Vec<Resolved> {
        let mut stored: BTreeMap<usize, (Stored, bool)> = self
            .known
            .into_iter()
            .map(|(place, same)| (place, (same, true)))
            .collect();
        for (place, made) in self.fresh.iter().zip(made) {
            let one = Stored {
                id: made.id,
                root_id: roots.get(&made.client_id).copied().unwrap_or(made.client_id),
                outcome: made.outcome().to_owned(),
                leaving_with: None,
            };
            stored.insert(*place, (one, false));
        }
        let answer = |(place, reading): (usize, &Reading<'_>)| {
            let first = self.repeats.get(&place);
            let (same, known) = stored.get(first.unwrap_or(&place))?;
            Some(Resolved {
                source_record_id: same.id,
                client_id: same.root_id,
                outcome: same.outcome.clone(),
                warnings: reading.warnings(),
                owners: owners.get(&same.root_id).cloned().unwrap_or_default(),
                known: *known || first.is_some(),
            })
        };
        self.readings.iter().enumerate().filter_map(answer).collect()
    }
}
