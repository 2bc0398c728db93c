//! Records as they arrive, one by one.
//!
//! A new record does not only look for its card: it may join two cards, or show that an older link was wrong. So the
//! cards it could belong to are taken apart and formed anew together with it, by the rules that form the cards of a
//! whole file. Hence the order of arrival hardly matters.

mod held;

use std::collections::BTreeMap;

pub use super::arrivals::Arrivals;
use super::cluster::{Question, WORTH_KEEPING, form};
use super::compare::{Conflict, Rarity, compare};
use super::model::{Model, Reason};
use super::profile::Profile;
use super::rulings::Rulings;
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
    /// Places in `records` of those a human put here: they leave only if the whole card is merged.
    pub pinned: Vec<usize>,
}

impl<K> Members<K> {
    /// A card nobody has touched by hand.
    pub fn new(card: K, records: Vec<Profile>) -> Self {
        Self {
            card,
            records,
            pinned: Vec::new(),
        }
    }

    /// What all of them say.
    pub fn whole(&self) -> Profile {
        let mut all = Profile::default();
        for member in &self.records {
            all.join(member);
        }
        all
    }
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
    /// What the record and that card have in common, as the card was before; `None` for a new card.
    pub why: Option<Why>,
    /// Cards all of whose records went elsewhere, and where the first of them went.
    pub merged: Vec<(K, Goes<K>)>,
    /// Single records that leave their card: (card, place in its records, where to).
    pub moved: Vec<(K, usize, Goes<K>)>,
    /// Cards a human should be asked about, those worth most first.
    pub asks: Vec<Ask<K>>,
}

/// Evidence behind a link or a question. Not bounded by a contradiction: that is named in `conflict`.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    pub bits: f64,
    /// Sum to `bits` unless there is a conflict.
    pub reasons: Vec<Reason>,
    pub conflict: Option<Conflict>,
}

/// May the record's card and this one be one client?
#[derive(Debug, Clone, PartialEq)]
pub struct Ask<K> {
    pub card: K,
    /// Records of both cards, by which [`worth`](super::questions::worth) is reckoned.
    pub records: (u32, u32),
    pub why: Why,
}

/// Weighs two profiles and says why.
pub fn explain(a: &Profile, b: &Profile, rarity: &Rarity<'_>, model: &Model) -> Why {
    let c = compare(a, b, rarity);
    let table = model.table(a.party, b.party);
    let verdict = model.weigh(&c, table, rarity.records());
    Why {
        bits: verdict.bits,
        reasons: model.reasons(&c, table, rarity.records()),
        conflict: verdict.conflict,
    }
}

/// Places a record among the cards that share a key with it. Rulings about cards not among these change nothing.
pub fn place<K: Copy + Ord>(
    record: &Profile,
    cards: &[Members<K>],
    rulings: &Rulings<K>,
    terms: &dyn TermFrequencies,
    model: &Model,
) -> Placed<K> {
    let held = |origin: &Origin, cards: &[Members<K>]| held::by_place(rulings, origin, cards);
    place_held(record, cards, (&rulings.record_with, held), terms, model)
}

/// Where each record being formed comes from: card and place there; `None` for the new one, which comes first.
pub(super) type Origin = [Option<(usize, usize)>];

/// The same, with the cards the record is of and what else people said, by place in the origin.
pub(super) fn place_held<K: Copy + Ord>(
    record: &Profile,
    cards: &[Members<K>],
    (with, held): (&[K], impl Fn(&Origin, &[Members<K>]) -> Rulings<u32>),
    terms: &dyn TermFrequencies,
    model: &Model,
) -> Placed<K> {
    let rarity = Rarity::new(terms);
    let cards = &in_question(record, cards, with, &rarity, model);
    let mut profiles = vec![record.clone()];
    let mut origin: Vec<Option<(usize, usize)>> = vec![None];
    for (c, card) in cards.iter().enumerate() {
        for (i, member) in card.records.iter().enumerate() {
            // A pinned record is never left out: what is not seen cannot be held.
            if profiles.len() <= MOST_RECORDS || card.pinned.contains(&i) {
                profiles.push(member.clone());
                origin.push(Some((c, i)));
            }
        }
    }
    let mut ruled = held(&origin, cards);
    let pairs = all_pairs(origin.len());
    let mut formed = form(profiles.clone(), &pairs, &ruled, &rarity, model);
    let mut names = named(&formed.cards, &origin, cards);
    if held::pinned_leaves(&formed.cards, &names, &origin, cards) {
        // Two cards with pinned records met and would not merge as a whole: then they stay two.
        held::keep_pinned_apart(&mut ruled, &origin, cards);
        formed = form(profiles, &pairs, &ruled, &rarity, model);
        names = named(&formed.cards, &origin, cards);
    }
    let of = |i: usize| {
        let root = formed.cards.get(i).copied().unwrap_or_default();
        names
            .get(&root)
            .copied()
            .flatten()
            .map_or(Goes::New(root), Goes::To)
    };
    let (merged, moved) = changes(&origin, cards, of);
    let own = formed.cards.first().copied().unwrap_or_default();
    let said = |root: u32| formed.profiles.get(root as usize);
    let mut asks = Vec::new();
    for Question { a, b, .. } in &formed.questions {
        let other = if *a == own { *b } else { *a };
        if (*a == own || *b == own)
            && let (Some(Some(card)), Some(p), Some(q)) = (names.get(&other), said(own), said(other))
        {
            let why = explain(p, q, &rarity, model);
            asks.push(Ask {
                card: *card,
                records: (p.records, q.records),
                why,
            });
        }
    }
    let joined = |card: K| cards.iter().find(|m| m.card == card).map(Members::whole);
    Placed {
        card: of(0),
        why: match of(0) {
            Goes::To(card) => joined(card).map(|before| explain(record, &before, &rarity, model)),
            Goes::New(_) => None,
        },
        merged,
        moved,
        asks,
    }
}

/// Cards merged as a whole and records moved singly.
type Changes<K> = (Vec<(K, Goes<K>)>, Vec<(K, usize, Goes<K>)>);

fn changes<K: Copy + Ord>(
    origin: &Origin,
    cards: &[Members<K>],
    of: impl Fn(usize) -> Goes<K>,
) -> Changes<K> {
    let mut moved: Vec<(K, usize, Goes<K>)> = Vec::new();
    for (i, place) in origin.iter().enumerate() {
        let Some((c, at)) = place else { continue };
        let Some(card) = cards.get(*c) else { continue };
        let now = of(i);
        if now != Goes::To(card.card) {
            moved.push((card.card, *at, now));
        }
    }
    let mut merged = Vec::new();
    for card in cards {
        let gone: Vec<Goes<K>> = moved
            .iter()
            .filter(|(k, _, _)| *k == card.card)
            .map(|(_, _, to)| *to)
            .collect();
        if let Some(to) = gone.first()
            && gone.len() == card.records.len()
            && gone.iter().all(|other| other == to)
        {
            merged.push((card.card, *to));
        }
    }
    moved.retain(|(k, _, _)| !merged.iter().any(|(gone, _)| gone == k));
    (merged, moved)
}

/// The cards the record bears upon: those that may be its own, those one of whose members may belong with it, and
/// those people said it is of.
fn in_question<K: Copy + Ord>(
    record: &Profile,
    cards: &[Members<K>],
    with: &[K],
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
        if with.contains(&card.card) {
            found.push((f64::INFINITY, card));
            continue;
        }
        let mut best = bits(&card.whole());
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
fn named<K: Copy + Ord>(roots: &[u32], origin: &Origin, cards: &[Members<K>]) -> BTreeMap<u32, Option<K>> {
    let mut shares: BTreeMap<(u32, usize), usize> = BTreeMap::new();
    let mut names: BTreeMap<u32, Option<K>> = roots.iter().map(|r| (*r, None)).collect();
    for (root, place) in roots.iter().zip(origin) {
        if let Some((c, _)) = place {
            *shares.entry((*root, *c)).or_default() += 1;
        }
    }
    let mut ranked: Vec<((u32, usize), usize)> = shares.into_iter().collect();
    ranked.sort_by_key(|((root, c), share)| (std::cmp::Reverse(*share), *c, *root));
    // A card goes on where its pinned records are.
    let pinned = |root: u32, c: usize| held::pinned_of(c, origin, cards).any(|i| roots.get(i) == Some(&root));
    ranked.sort_by_key(|((root, c), _)| !pinned(*root, *c));
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
