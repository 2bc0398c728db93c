//! Records as they arrive, held in memory: what a service does with a database, for a file.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::base::Base;
use super::compare::Rarity;
use super::model::Model;
use super::place::{Goes, Known, Origin, explain, place_held};
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
    /// What cards of several records say, made when asked for.
    wholes: BTreeMap<u32, Profile>,
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
        self.take_profile(Profile::of(n), model);
    }

    /// Takes a record that was read before and places it.
    pub fn take_profile(&mut self, profile: Profile, model: &Model) {
        let near = self.base.candidates(&profile);
        let number = self.base.add_profile(profile.clone());
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
        for card in &known {
            self.make_whole(*card);
        }
        let cards: Vec<Known<'_, u32>> = known.iter().filter_map(|card| self.known(*card)).collect();
        let held = |origin: &Origin, cards: &[&Known<'_, u32>]| self.said(number, origin, cards);
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
        for parted in &placed.parted {
            let first = |goes: Goes<u32>| {
                let card = match goes {
                    Goes::To(card) => card,
                    Goes::New(number) => *made.get(&number)?,
                };
                self.members.get(&card)?.first().copied()
            };
            let pair = first(parted.one).zip(first(parted.other));
            self.doubts.extend(pair);
        }
    }

    /// What a card says, unless it is one record or known already.
    fn make_whole(&mut self, card: u32) {
        let Some([first, others @ ..]) = self.members.get(&card).map(Vec::as_slice) else {
            return;
        };
        if others.is_empty() || self.wholes.contains_key(&card) {
            return;
        }
        let profile = |r: &u32| self.base.profiles.get(*r as usize);
        let mut all = profile(first).cloned().unwrap_or_default();
        for other in others.iter().filter_map(profile) {
            all.join(other);
        }
        self.wholes.insert(card, all);
    }

    fn known(&self, card: u32) -> Option<Known<'_, u32>> {
        let members = self.members.get(&card)?;
        let records: Vec<&Profile> = members
            .iter()
            .filter_map(|r| self.base.profiles.get(*r as usize))
            .collect();
        Some(Known {
            card,
            whole: Cow::Borrowed(self.wholes.get(&card).or_else(|| records.first().copied())?),
            records,
            pinned: &[],
        })
    }

    /// What people said about the records being formed anew, by their place there.
    fn said(&self, number: u32, origin: &Origin, cards: &[&Known<'_, u32>]) -> Rulings<u32> {
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
            self.wholes.remove(now);
            if let Some(members) = self.members.get_mut(now) {
                members.retain(|r| *r != record);
            }
            *now = card;
        }
        if let (Some(whole), Some(said)) = (
            self.wholes.get_mut(&card),
            self.base.profiles.get(record as usize),
        ) {
            whole.join(said);
        }
        self.members.entry(card).or_default().push(record);
    }

    /// What is still open between cards and worth asking, those worth most first; cards by their earliest record.
    pub fn questions(&mut self, model: &Model) -> Vec<Question> {
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
        for (a, b) in &pairs {
            self.make_whole(*a);
            self.make_whole(*b);
        }
        let rarity = Rarity::new(&self.base.counts);
        let mut open: Vec<Question> = Vec::new();
        for (a, b) in pairs.into_iter().filter(|pair| !barred.contains(pair)) {
            let (Some(p), Some(q)) = (self.known(a), self.known(b)) else {
                continue;
            };
            let (p, q) = (p.whole, q.whole);
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
