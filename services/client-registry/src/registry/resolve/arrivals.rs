//! Records that come together: which of them the base knows already, which stand twice among them, which are new.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use edina_proto::registry::v1::Owner;
use uuid::Uuid;

use super::{
    Reading, Resolved,
    decisions::Decided,
    junk::JunkKeys,
    shared::{self, MOST_HOLDERS, SharedKeys},
    totals::Totals,
};
use crate::store::{
    self,
    before::{Along, Stored},
};

/// What is asked along with whether these records are known, for they are few; and their keys that are junk.
pub(super) fn along(
    group: &str,
    readings: &[Reading<'_>],
    (junk, totals): (&JunkKeys, &Totals),
) -> (Along, Vec<i64>) {
    let (keys, known_junk) = SharedKeys::wanted(group, readings.iter(), junk);
    let vehicles: BTreeSet<&str> = readings
        .iter()
        .flat_map(|reading| &reading.vehicles)
        .map(|vehicle| vehicle.key.as_str())
        .collect();
    let counted: BTreeSet<(&'static str, String)> = readings
        .iter()
        .flat_map(|reading| reading.counted.iter().cloned())
        .collect();
    let counted: Vec<_> = counted.into_iter().collect();
    let total = totals.of(group);
    let along = Along {
        keys,
        most_holders: MOST_HOLDERS,
        few_holders: shared::most_alone(),
        counted: store::keys::wanted_counts(&counted, total),
        total,
        vehicles: vehicles.into_iter().map(str::to_owned).collect(),
    };
    (along, known_junk)
}

/// The records of one call, by their places in it.
pub(super) struct Arrivals<'a> {
    readings: &'a [Reading<'a>],
    known: BTreeMap<usize, Stored>,
    /// Each with the import that is being taken back, which brought it.
    pub(super) leaving: Vec<(Uuid, Uuid)>,
    /// A record that stands twice is one; each place with the first of the same.
    repeats: BTreeMap<usize, usize>,
    fresh: Vec<usize>,
}

impl<'a> Arrivals<'a> {
    /// Sorts them by what is known of them.
    pub(super) fn sort(readings: &'a [Reading<'a>], same: BTreeMap<usize, Stored>) -> Self {
        let identities: Vec<_> = readings.iter().map(Reading::identity).collect();
        let (known, leaving): (BTreeMap<_, _>, BTreeMap<_, _>) = same
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
        Self {
            readings,
            known,
            leaving: leaving.into_iter().collect(),
            repeats,
            fresh,
        }
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
