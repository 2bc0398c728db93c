//! Records as they arrive, one by one.
//!
//! A new record does not only look for its card: it may join two cards, or show that an older link was wrong. So the
//! cards it could belong to are taken apart and formed anew together with it, by the rules that form the cards of a
//! whole file. Hence the order of arrival hardly matters.

use std::collections::BTreeMap;

use super::base::Base;
use super::cluster::{Question, WORTH_KEEPING, form};
use super::compare::{Rarity, compare};
use super::model::Model;
use super::profile::Profile;
use crate::record::Normalised;
use crate::stats::TermFrequencies;

/// Most records formed anew for one arrival; a record that meets more is weighed against the closest only.
pub const MOST_RECORDS: usize = 400;

/// Most cards formed anew for one arrival, the closest first.
pub const MOST_CARDS: usize = 24;

/// Members of one card, as the caller knows them.
#[derive(Debug, Clone)]
pub struct Members<K> {
    pub card: K,
    pub records: Vec<Profile>,
}

/// A card known to the caller, or one to be made; equal numbers are one new card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goes<K> {
    To(K),
    New(u32),
}

/// Where a record went.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<K> {
    /// The card of the record.
    pub card: Goes<K>,
    /// Cards all of whose records went elsewhere, and where the first of them went.
    pub merged: Vec<(K, Goes<K>)>,
    /// Single records that leave their card: (card, place in its records, where to).
    pub moved: Vec<(K, usize, Goes<K>)>,
    /// Cards a human should be asked about, with the bits.
    pub asks: Vec<(K, f64)>,
}

/// Places a record among the cards that share a key with it.
pub fn place<K: Copy + Ord>(
    record: &Profile,
    cards: &[Members<K>],
    terms: &dyn TermFrequencies,
    model: &Model,
) -> Placed<K> {
    let rarity = Rarity::new(terms);
    let cards = &in_question(record, cards, &rarity, model);
    let mut profiles = vec![record.clone()];
    let mut origin: Vec<Option<(usize, usize)>> = vec![None];
    for (c, card) in cards.iter().enumerate() {
        for (i, member) in card.records.iter().enumerate() {
            if profiles.len() <= MOST_RECORDS {
                profiles.push(member.clone());
                origin.push(Some((c, i)));
            }
        }
    }
    let formed = form(profiles, &all_pairs(origin.len()), &rarity, model);
    let names = named(&formed.cards, &origin, cards);
    let of = |i: usize| {
        let root = formed.cards.get(i).copied().unwrap_or_default();
        names
            .get(&root)
            .copied()
            .flatten()
            .map_or(Goes::New(root), Goes::To)
    };
    let mut placed = Placed {
        card: of(0),
        merged: Vec::new(),
        moved: Vec::new(),
        asks: Vec::new(),
    };
    for (i, place) in origin.iter().enumerate() {
        let Some((c, at)) = place else { continue };
        let Some(card) = cards.get(*c) else { continue };
        let now = of(i);
        if now != Goes::To(card.card) {
            placed.moved.push((card.card, *at, now));
        }
    }
    for card in cards {
        let mut gone = placed
            .moved
            .iter()
            .filter(|(k, _, _)| *k == card.card)
            .map(|(_, _, to)| *to);
        if let Some(to) = gone.next()
            && gone.all(|other| other == to)
            && placed.moved.iter().filter(|(k, _, _)| *k == card.card).count() == card.records.len()
        {
            placed.merged.push((card.card, to));
        }
    }
    placed
        .moved
        .retain(|(k, _, _)| !placed.merged.iter().any(|(gone, _)| gone == k));
    let own = formed.cards.first().copied();
    for Question { a, b, bits } in formed.questions {
        let other = if Some(a) == own { b } else { a };
        if (Some(a) == own || Some(b) == own)
            && let Some(Some(card)) = names.get(&other)
        {
            placed.asks.push((*card, bits));
        }
    }
    placed
}

/// The cards the record bears upon: those that may be its own, and those one of whose members may belong with it.
fn in_question<K: Copy + Ord>(
    record: &Profile,
    cards: &[Members<K>],
    rarity: &Rarity<'_>,
    model: &Model,
) -> Vec<Members<K>> {
    let bits = |other: &Profile| {
        let c = compare(record, other, rarity);
        let table = model.table(record.party, other.party);
        model.weigh(&c, table, rarity.records()).bits
    };
    let mut found: Vec<(f64, &Members<K>)> = Vec::new();
    for card in cards {
        let mut whole = Profile::default();
        for member in &card.records {
            whole.join(member);
        }
        let mut best = bits(&whole);
        if best < WORTH_KEEPING && card.records.len() > 1 {
            let closest = card.records.iter().map(&bits).fold(f64::NEG_INFINITY, f64::max);
            if closest >= model.thresholds.link {
                best = closest;
            }
        }
        if best >= WORTH_KEEPING {
            found.push((best, card));
        }
    }
    found.sort_by(|(p, a), (q, b)| q.total_cmp(p).then_with(|| a.card.cmp(&b.card)));
    found
        .into_iter()
        .take(MOST_CARDS)
        .map(|(_, card)| card.clone())
        .collect()
}

/// Every pair: the caller has chosen whom to compare.
fn all_pairs(count: usize) -> Vec<(u32, u32)> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    (0..count)
        .flat_map(|a| (a + 1..count).map(move |b| (a, b)))
        .collect()
}

/// Which old card each formed card goes on as: the one most of its records come from, each old card once.
fn named<K: Copy + Ord>(
    roots: &[u32],
    origin: &[Option<(usize, usize)>],
    cards: &[Members<K>],
) -> BTreeMap<u32, Option<K>> {
    let mut shares: BTreeMap<(u32, usize), usize> = BTreeMap::new();
    let mut names: BTreeMap<u32, Option<K>> = roots.iter().map(|r| (*r, None)).collect();
    for (root, place) in roots.iter().zip(origin) {
        if let Some((c, _)) = place {
            *shares.entry((*root, *c)).or_default() += 1;
        }
    }
    let mut ranked: Vec<((u32, usize), usize)> = shares.into_iter().collect();
    ranked.sort_by_key(|((root, c), share)| (std::cmp::Reverse(*share), *c, *root));
    let mut given: Vec<usize> = Vec::new();
    for ((root, c), _) in ranked {
        if given.contains(&c) {
            continue;
        }
        if let (Some(name @ None), Some(card)) = (names.get_mut(&root), cards.get(c)) {
            *name = Some(card.card);
            given.push(c);
        }
    }
    names
}

/// Records arriving one by one, held in memory.
#[derive(Default)]
pub struct Arrivals {
    base: Base,
    card_of: Vec<u32>,
    members: BTreeMap<u32, Vec<u32>>,
    next: u32,
}

impl Arrivals {
    /// Takes a record and places it.
    pub fn take(&mut self, n: &Normalised, model: &Model) {
        let profile = Profile::of(n);
        let near = self.base.candidates(&profile);
        let number = self.base.add(n);
        let mut known: Vec<u32> = near
            .iter()
            .filter_map(|r| self.card_of.get(*r as usize))
            .copied()
            .collect();
        known.sort_unstable();
        known.dedup();
        let cards: Vec<Members<u32>> = known.iter().map(|card| self.card(*card)).collect();
        let placed = place(&profile, &cards, &self.base.counts, model);
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
        self.card_of.push(u32::MAX);
        self.assign(number, placed.card, &mut made);
    }

    fn card(&self, card: u32) -> Members<u32> {
        let members = self.members.get(&card).map(Vec::as_slice).unwrap_or_default();
        let records = members
            .iter()
            .filter_map(|r| self.base.profiles.get(*r as usize))
            .cloned();
        Members {
            card,
            records: records.collect(),
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

    /// The card of every record, in the order of arrival.
    pub fn cards(&self) -> &[u32] {
        &self.card_of
    }
}
