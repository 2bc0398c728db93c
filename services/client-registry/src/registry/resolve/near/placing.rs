//! Deciding whose records are. What is decided for one record holds for the next, so that many records of one transaction
//! see each other as if they had come one by one.

use std::{collections::BTreeMap, sync::Arc};

use edina_identity::{
    Party,
    engine::{
        compare::Rarity,
        keys,
        place::{Goes, Placed, Why, explain, place},
    },
};
use uuid::Uuid;

use super::{
    super::{
        decisions::{Decided, Decisions, Merge, Repair},
        reading::Reading,
    },
    Member, Neighbourhood, nameless,
};
use crate::{client::why, registry::models::Trained};

/// Records decided before whatever goes on at the same time is looked after: they take a fraction of a millisecond.
const DECIDED_AT_ONCE: usize = 4;

impl Neighbourhood {
    /// Decides of every record in turn.
    pub(in crate::registry::resolve) fn decide(
        &mut self,
        readings: &[&Reading<'_>],
        model: &Trained,
    ) -> Decisions {
        let mut decisions = Decisions::default();
        for reading in readings {
            let record_id = reading.id;
            let decided = match reading.given {
                Some(client_id) => Decided {
                    id: record_id,
                    client_id,
                    new_client: None,
                    why: None,
                    doubts: Vec::new(),
                    keys: self.keys.worth_keeping(&reading.keys, None),
                    numbers: Vec::new(),
                },
                None => self.place(reading, record_id, model, &mut decisions),
            };
            decisions.records.push(decided);
        }
        decisions.roots = decisions
            .records
            .iter()
            .filter_map(|decided| Some((decided.client_id, *self.root_of.get(&decided.client_id)?)))
            .collect();
        decisions
    }

    /// As [`decide`](Self::decide), giving way every few records: whatever the same task waits for meanwhile goes on.
    pub(in crate::registry::resolve) async fn decide_giving_way(
        &mut self,
        readings: &[&Reading<'_>],
        model: &Trained,
    ) -> Decisions {
        let mut decisions = Decisions::default();
        for few in readings.chunks(DECIDED_AT_ONCE) {
            decisions.append(self.decide(few, model));
            tokio::task::yield_now().await;
        }
        decisions
    }

    fn place(
        &mut self,
        reading: &Reading<'_>,
        record_id: Uuid,
        model: &Trained,
        decisions: &mut Decisions,
    ) -> Decided {
        let cards = self.cards_of(&self.keys.sharing(&reading.keys));
        let rulings = self.rulings(&cards);
        let mut placed = place(&reading.profile, &cards, &rulings, &self.counts, &model.model);
        let leads_to = nameless::settle(&mut placed, (&cards, &rulings), &reading.profile, &model.model);
        if let Some(root) = leads_to {
            let card = self.profile(root).unwrap_or_default();
            placed.card = Goes::To(root);
            placed.why = Some(explain(
                &reading.profile,
                &card,
                &Rarity::new(&self.counts),
                &model.model,
            ));
        }
        // What any model would come to is none's to take back.
        let alone = || nameless::sole_holder(&cards, &reading.profile).map(Goes::To);
        let by_number =
            reading.profile.says_no_name() && (leads_to.is_some() || alone() == Some(placed.card));
        let mut made: BTreeMap<u32, Uuid> = BTreeMap::new();
        let own = self.target(placed.card, &mut made);
        let fresh = matches!(placed.card, Goes::New(_));
        let client_id = if fresh {
            own
        } else {
            self.closest(own, &reading.keys)
        };
        let known = (self.unchanged && !fresh && !self.lost.contains(&client_id)).then_some(client_id);
        let explained = |found: Why, root: Uuid| self.explained(found, &reading.profile, root, model.version);
        let by = if by_number { why::BY_NUMBER } else { model.version };
        let decided = Decided {
            id: record_id,
            client_id,
            new_client: fresh.then(|| kind(reading.profile.party)),
            why: placed
                .why
                .clone()
                .map(|found| self.explained(found, &reading.profile, own, by)),
            doubts: placed
                .asks
                .iter()
                .map(|ask| (self.closest(ask.card, &reading.keys), ask))
                // A human has already said that the two are different.
                .filter(|(other, _)| !self.are_apart(client_id, *other))
                .map(|(other, ask)| (other, explained(ask.why.clone(), ask.card)))
                .collect(),
            keys: self.keys.worth_keeping(&reading.keys, known),
            numbers: known.map(|known| self.numbers_of(own, known)).unwrap_or_default(),
        };
        self.repair(&placed, (record_id, &reading.keys), model, &mut made, decisions);
        let root = self.root_of.get(&own).copied().unwrap_or(own);
        self.root_of.insert(client_id, root);
        self.cards.entry(root).or_default().push(Member {
            record_id,
            client_id,
            profile: Arc::new(reading.profile.clone()),
        });
        self.keys.hold(client_id, &reading.keys);
        for two in &placed.parted {
            let (one, other) = (self.target(two.one, &mut made), self.target(two.other, &mut made));
            if let (Some(p), Some(q)) = (self.profile(one), self.profile(other))
                && !self.are_apart(one, other)
            {
                let found = why::explained(two.why.clone(), &p, &q, model.version);
                decisions.parted.push(((one, other), found));
            }
        }
        decided
    }

    /// Joins and takes apart the cards that the record showed in another light.
    fn repair(
        &mut self,
        placed: &Placed<Uuid>,
        (cause, keys): (Uuid, &[i64]),
        model: &Trained,
        made: &mut BTreeMap<u32, Uuid>,
        decisions: &mut Decisions,
    ) {
        // Places are those of the cards as they were, so all are looked up before any moves.
        let moves: Vec<(Member, Goes<Uuid>)> = placed
            .moved
            .iter()
            .filter_map(|(root, at, to)| Some((self.cards.get(root)?.get(*at)?.clone(), *to)))
            .collect();
        let whole = placed.merged.iter().filter(|(_, to)| matches!(to, Goes::New(_)));
        let parted = whole
            .filter_map(|(root, to)| Some(self.cards.get(root)?.iter().cloned().map(|member| (member, *to))))
            .flatten();
        for (member, to) in moves.into_iter().chain(parted.collect::<Vec<_>>()) {
            self.unchanged = false;
            let known = made.len();
            let target = self.target(to, made);
            let is_new = matches!(to, Goes::New(_)) && made.len() > known && placed.card != to;
            if is_new {
                self.root_of.insert(target, target);
            }
            if let Some(left) = self
                .root_of
                .get(&member.client_id)
                .and_then(|root| self.cards.get_mut(root))
            {
                left.retain(|other| other.record_id != member.record_id);
            }
            decisions.repairs.push(Repair {
                record_id: member.record_id,
                from: member.client_id,
                to: target,
                new_client: is_new.then(|| kind(member.profile.party)),
                cause,
            });
            self.keys.hold(target, &keys::numbers(&member.profile));
            let moved = Member {
                client_id: target,
                ..member
            };
            let root = self.root_of.get(&target).copied().unwrap_or(target);
            self.cards.entry(root).or_default().push(moved);
        }
        for (gone, to) in &placed.merged {
            let Goes::To(kept) = to else { continue };
            let (Some(one), Some(other)) = (self.profile(*gone), self.profile(*kept)) else {
                continue;
            };
            let found = explain(&one, &other, &Rarity::new(&self.counts), &model.model);
            // Of cards that people made of several, those are joined whom the record speaks of.
            decisions.merges.push(Merge {
                one: self.closest(*kept, keys),
                other: self.closest(*gone, keys),
                cause,
                why: why::explained(found, &one, &other, model.version),
            });
            let (root, absorbed) = (*kept.min(gone), *kept.max(gone));
            let mut members = self.cards.remove(&absorbed).unwrap_or_default();
            self.cards.entry(root).or_default().append(&mut members);
            for at in self.root_of.values_mut().filter(|at| **at == absorbed) {
                *at = root;
            }
        }
    }
    fn target(&self, goes: Goes<Uuid>, made: &mut BTreeMap<u32, Uuid>) -> Uuid {
        match goes {
            Goes::To(root) => root,
            Goes::New(number) => *made.entry(number).or_insert_with(Uuid::now_v7),
        }
    }
}

/// Kind of the client that a record makes: person or company.
pub(in crate::registry) fn kind(party: Party) -> &'static str {
    match party {
        Party::Company | Party::SoleProprietor => "company",
        Party::Person | Party::Unknown => "person",
    }
}
