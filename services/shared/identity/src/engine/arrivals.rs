//! Records as they arrive, held in memory: what a service does with a database, for a file.

use std::collections::{BTreeMap, BTreeSet};

use super::base::Base;
use super::compare::Rarity;
use super::model::Model;
use super::place::{Goes, Members, Origin, explain, place_held};
use super::profile::Profile;
use super::questions::{Question, sort_by_worth};
use super::rulings::Rulings;
use crate::record::Normalised;

/// Records arriving one by one, held in memory.
#[derive(Default)]
pub struct Arrivals {
    base: Base,
    card_of: Vec<u32>,
    members: BTreeMap<u32, Vec<u32>>,
    next: u32,
    /// What people said of records, each pair both ways round; a record named here may be yet to come.
    apart: BTreeSet<(u32, u32)>,
    together: BTreeSet<(u32, u32)>,
    /// Records whose cards a human should be asked about, unless it has become clear since.
    doubts: BTreeSet<(u32, u32)>,
}

impl Arrivals {
    /// Nothing arrived yet; people said this about pairs of records, by the number of their arrival.
    pub fn ruled(rulings: &Rulings<u32>) -> Self {
        let both_ways = |pairs: &[(u32, u32)]| pairs.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]).collect();
        Self {
            apart: both_ways(&rulings.apart),
            together: both_ways(&rulings.together),
            ..Self::default()
        }
    }

    /// Takes a record and places it.
    pub fn take(&mut self, n: &Normalised, model: &Model) {
        let profile = Profile::of(n);
        let near = self.base.candidates(&profile);
        let number = self.base.add(n);
        let with: Vec<u32> = partners(&self.together, number)
            .filter_map(|r| self.card_of.get(r as usize).copied())
            .collect();
        let mut known: Vec<u32> = near
            .iter()
            .filter_map(|r| self.card_of.get(*r as usize))
            .chain(&with)
            .copied()
            .collect();
        known.sort_unstable();
        known.dedup();
        let cards: Vec<Members<u32>> = known.iter().map(|card| self.card(*card)).collect();
        let held = |origin: &Origin, cards: &[Members<u32>]| self.said(number, origin, cards);
        let placed = place_held(&profile, &cards, (&with, held), &self.base.counts, model);
        let mut made: BTreeMap<u32, u32> = BTreeMap::new();
        let moves: Vec<(u32, Goes<u32>)> = placed
            .moved
            .iter()
            .filter_map(|(card, at, to)| Some((*self.members.get(card)?.get(*at)?, *to)))
            .collect();
        for (record, to) in moves {
            self.assign(record, to, &mut made);
        }
        for (gone, to) in placed.merged {
            for record in self.members.get(&gone).cloned().unwrap_or_default() {
                self.assign(record, to, &mut made);
            }
        }
        for ask in &placed.asks {
            let first = self.members.get(&ask.card).and_then(|m| m.first());
            self.doubts.extend(first.map(|other| (*other, number)));
        }
        self.card_of.push(u32::MAX);
        self.assign(number, placed.card, &mut made);
    }

    fn card(&self, card: u32) -> Members<u32> {
        let members = self.members.get(&card).map(Vec::as_slice).unwrap_or_default();
        let records = members
            .iter()
            .filter_map(|r| self.base.profiles.get(*r as usize))
            .cloned();
        Members::new(card, records.collect())
    }

    /// What people said about the records being formed anew, by their place there.
    fn said(&self, number: u32, origin: &Origin, cards: &[Members<u32>]) -> Rulings<u32> {
        if self.apart.is_empty() && self.together.is_empty() {
            return Rulings::default();
        }
        let record = |place: &Option<(usize, usize)>| match place {
            None => Some(number),
            Some((c, at)) => self.members.get(&cards.get(*c)?.card)?.get(*at).copied(),
        };
        let places: BTreeMap<u32, u32> = (0u32..)
            .zip(origin)
            .filter_map(|(at, place)| Some((record(place)?, at)))
            .collect();
        let among = |pairs: &BTreeSet<(u32, u32)>| {
            let mut out = Vec::new();
            for (record, at) in &places {
                out.extend(partners(pairs, *record).filter_map(|r| Some((*at, *places.get(&r)?))));
            }
            out
        };
        Rulings {
            apart: among(&self.apart),
            together: among(&self.together),
            ..Rulings::default()
        }
    }

    fn assign(&mut self, record: u32, to: Goes<u32>, made: &mut BTreeMap<u32, u32>) {
        let card = match to {
            Goes::To(card) => card,
            Goes::New(number) => *made.entry(number).or_insert_with(|| {
                self.next += 1;
                self.next
            }),
        };
        if let Some(now) = self.card_of.get_mut(record as usize) {
            if let Some(members) = self.members.get_mut(now) {
                members.retain(|r| *r != record);
            }
            *now = card;
        }
        self.members.entry(card).or_default().push(record);
    }

    /// What is still open between cards and worth asking, those worth most first; cards by their earliest record.
    pub fn questions(&self, model: &Model) -> Vec<Question> {
        let rarity = Rarity::new(&self.base.counts);
        let card = |r: u32| self.card_of.get(r as usize).copied();
        let mut pairs: Vec<(u32, u32)> = self
            .doubts
            .iter()
            .filter_map(|(a, b)| Some((card(*a)?.min(card(*b)?), card(*a)?.max(card(*b)?))))
            .filter(|(a, b)| a != b)
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let barred: BTreeSet<(u32, u32)> = self
            .apart
            .iter()
            .filter_map(|(a, b)| Some((card(*a)?, card(*b)?)))
            .collect();
        let mut open: Vec<Question> = Vec::new();
        for (a, b) in pairs.into_iter().filter(|pair| !barred.contains(pair)) {
            let (p, q) = (self.card(a).whole(), self.card(b).whole());
            let bits = explain(&p, &q, &rarity, model).bits;
            let first = |card: u32| self.members.get(&card).and_then(|m| m.iter().min().copied());
            if let (Some(a), Some(b)) = (first(a), first(b))
                && bits >= model.thresholds.ask
            {
                open.push(Question {
                    a,
                    b,
                    bits,
                    records: (p.records, q.records),
                });
            }
        }
        sort_by_worth(&mut open);
        open
    }

    /// The card of every record, in the order of arrival.
    pub fn cards(&self) -> &[u32] {
        &self.card_of
    }
}

/// Those a record is paired with.
fn partners(pairs: &BTreeSet<(u32, u32)>, record: u32) -> impl Iterator<Item = u32> {
    pairs
        .range((record, 0)..=(record, u32::MAX))
        .map(|(_, other)| *other)
}
