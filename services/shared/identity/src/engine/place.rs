//! Records as they arrive, one by one.
//!
//! A new record does not only look for its card: it may join two cards, or show that an older link was wrong. So the
//! cards it could belong to are taken apart and formed anew together with it, by the rules that form the cards of a
//! whole file. Hence the order of arrival hardly matters.

mod calls;
mod held;
mod nearest;
mod outcome;

use std::{borrow::Cow, sync::Arc};

pub use super::arrivals::Arrivals;
use super::cluster::form;
use super::compare::{Conflict, Rarity, compare};
use super::crowd::Crowds;
use super::model::{Hypothesis, Model, Reason};
use super::profile::Profile;
use super::rulings::Rulings;
use crate::stats::TermFrequencies;
use nearest::{in_question, plain};
use outcome::{changed, changes, left_open, named};

/// Most records formed anew for one arrival; a record that meets more is weighed against the closest only.
pub const MOST_RECORDS: usize = 400;

/// Members of one card, as the caller knows them.
#[derive(Debug, Clone)]
pub struct Members<K> {
    pub card: K,
    /// Shared with whoever keeps them: a record meets many cards, and few of them matter to it.
    pub records: Vec<Arc<Profile>>,
    /// Places in `records` of those a human put here: they leave only if the whole card is merged.
    pub pinned: Vec<usize>,
}

impl<K> Members<K> {
    /// A card nobody has touched by hand.
    pub fn new(card: K, records: Vec<Profile>) -> Self {
        Self {
            card,
            records: records.into_iter().map(Arc::new).collect(),
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
    /// What the record and that card have in common, without those who leave it now; `None` for a new card.
    pub why: Option<Why>,
    /// Cards all of whose records went elsewhere, and where the first of them went.
    pub merged: Vec<(K, Goes<K>)>,
    /// Single records that leave their card: (card, place in its records, where to).
    pub moved: Vec<(K, usize, Goes<K>)>,
    /// Cards a human should be asked about, those worth most first.
    pub asks: Vec<Ask<K>>,
    /// Questions that moved records leave behind, as between two who may both be meant by an initial.
    pub parted: Vec<Parted<K>>,
}

/// Evidence behind a link or a question. Not bounded by a contradiction: that is named in `conflict`.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    pub bits: f64,
    /// Sum to `bits` unless there is a conflict.
    pub reasons: Vec<Reason>,
    pub conflict: Option<Conflict>,
    /// What most likely explains the common ground if they are two.
    pub rival: Hypothesis,
}

/// May the record's card and this one be one client?
#[derive(Debug, Clone, PartialEq)]
pub struct Ask<K> {
    pub card: K,
    /// Records of both cards, by which [`worth`](super::questions::worth) is reckoned.
    pub records: (u32, u32),
    pub why: Why,
}

/// May these two be one client, now that records have moved?
#[derive(Debug, Clone, PartialEq)]
pub struct Parted<K> {
    pub one: Goes<K>,
    pub other: Goes<K>,
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
        rival: verdict.rival,
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
    let known: Vec<Known<'_, K>> = cards.iter().map(Known::of).collect();
    let held = |origin: &Origin, cards: &[&Known<'_, K>]| held::by_place(rulings, origin, cards);
    place_held(record, &known, (&rulings.record_with, held), terms, model)
}

/// A card and its members, borrowed from whoever holds them.
pub(super) struct Known<'a, K> {
    pub(super) card: K,
    pub(super) records: Vec<&'a Profile>,
    pub(super) pinned: &'a [usize],
    /// What all of them say.
    pub(super) whole: Cow<'a, Profile>,
}

impl<'a, K: Copy> Known<'a, K> {
    fn of(card: &'a Members<K>) -> Self {
        Self {
            card: card.card,
            records: card.records.iter().map(Arc::as_ref).collect(),
            pinned: &card.pinned,
            whole: match card.records.as_slice() {
                [one] => Cow::Borrowed(one),
                _ => Cow::Owned(card.whole()),
            },
        }
    }
}

/// Where each record being formed comes from: card and place there; `None` for the new one, which comes first.
pub(super) type Origin = [Option<(usize, usize)>];

/// The same, with the cards the record is of and what else people said, by place in the origin.
pub(super) fn place_held<'a, K: Copy + Ord>(
    record: &Profile,
    cards: &[Known<'a, K>],
    (with, held): (&[K], impl Fn(&Origin, &[&Known<'a, K>]) -> Rulings<u32>),
    terms: &dyn TermFrequencies,
    model: &Model,
) -> Placed<K> {
    let crowds = Crowds::of(cards.iter().map(|card| card.whole.as_ref()).chain([record]));
    let rarity = Rarity::new(terms).among(&crowds);
    let found = in_question(record, cards, with, &rarity, model);
    let mut origin: Vec<Option<(usize, usize)>> = vec![None];
    for (c, (_, card)) in found.iter().enumerate() {
        for at in 0..card.records.len() {
            // A pinned record is never left out: what is not seen cannot be held.
            if origin.len() <= MOST_RECORDS || card.pinned.contains(&at) {
                origin.push(Some((c, at)));
            }
        }
    }
    let cards: Vec<&Known<'_, K>> = found.iter().map(|(_, card)| *card).collect();
    let mut ruled = held(&origin, &cards);
    if ruled.is_empty()
        && let Some(plain) = plain(record, &found, &rarity, model)
    {
        return plain;
    }
    let profiles = || -> Vec<Profile> {
        let of = |place: &Option<(usize, usize)>| match place {
            None => Some(record),
            Some((c, at)) => cards.get(*c)?.records.get(*at).copied(),
        };
        origin.iter().filter_map(of).cloned().collect()
    };
    let pairs = all_pairs(origin.len());
    let calls = calls::of(&origin, &cards);
    let (claimed, others): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| call.may_be_of(record));
    ruled
        .together
        .extend(others.iter().map(calls::Call::with_its_card));
    let mut formed = form(profiles(), &pairs, &ruled, &rarity, model);
    let mut names = named(&formed.cards, &origin, &cards);
    if claimed.iter().any(|call| call.goes_astray(&formed.cards, &names)) {
        ruled
            .together
            .extend(claimed.iter().map(calls::Call::with_its_card));
        formed = form(profiles(), &pairs, &ruled, &rarity, model);
        names = named(&formed.cards, &origin, &cards);
    }
    if held::pinned_leaves(&formed.cards, &names, &origin, &cards) {
        // Two cards with pinned records met and would not merge as a whole: then they stay two.
        held::keep_pinned_apart(&mut ruled, &origin, &cards);
        formed = form(profiles(), &pairs, &ruled, &rarity, model);
        names = named(&formed.cards, &origin, &cards);
    }
    let of = |i: usize| {
        let root = formed.cards.get(i).copied().unwrap_or_default();
        names
            .get(&root)
            .copied()
            .flatten()
            .map_or(Goes::New(root), Goes::To)
    };
    let (merged, moved) = changes(&origin, &cards, of);
    let own = formed.cards.first().copied().unwrap_or_default();
    let said = |root: u32| formed.profiles.get(root as usize);
    let explained = |one: u32, other: u32| {
        let (p, q) = (said(one)?, said(other)?);
        Some(((p.records, q.records), explain(p, q, &rarity, model)))
    };
    let went = changed(&moved, &origin, &cards, &formed.cards);
    let (asks, parted) = left_open(&formed.questions, own, &names, &went);
    let asks = asks.into_iter().filter_map(|(card, other)| {
        let (records, why) = explained(own, other)?;
        Some(Ask { card, records, why })
    });
    let parted = parted.into_iter().filter_map(|(one, other)| {
        let (_, why) = explained(one, other)?;
        let (one, other) = (of(one as usize), of(other as usize));
        Some(Parted { one, other, why })
    });
    let (asks, parted) = (asks.collect(), parted.collect());
    let linked_to = match of(0) {
        Goes::New(_) => None,
        // Who left the card in the same step is no reason to be linked to it.
        Goes::To(_) if !moved.is_empty() => others_of(own, &formed.cards, &profiles()).map(Cow::Owned),
        Goes::To(card) => {
            let known = cards.iter().find(|known| known.card == card);
            known.map(|known| Cow::Borrowed(known.whole.as_ref()))
        }
    };
    Placed {
        card: of(0),
        why: linked_to.map(|card| explain(record, &card, &rarity, model)),
        merged,
        moved,
        asks,
        parted,
    }
}

/// What the others say with whom the first of these was put.
fn others_of(own: u32, roots: &[u32], profiles: &[Profile]) -> Option<Profile> {
    let placed = roots.iter().zip(profiles).skip(1);
    let mut others = placed.filter(|(root, _)| **root == own).map(|(_, other)| other);
    let mut whole = others.next()?.clone();
    others.for_each(|other| whole.join(other));
    Some(whole)
}

/// Every pair: the caller has chosen whom to compare.
fn all_pairs(count: usize) -> Vec<(u32, u32)> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    (0..count)
        .flat_map(|a| (a + 1..count).map(move |b| (a, b)))
        .collect()
}
