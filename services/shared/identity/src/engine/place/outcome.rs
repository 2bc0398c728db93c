//! What forming anew means for the cards that were: which goes on, which is merged, who moves.

use std::collections::{BTreeMap, BTreeSet};

use super::{Goes, Known, Origin, held};
use crate::engine::questions::Question;

/// Cards merged as a whole and records moved singly.
pub(super) type Changes<K> = (Vec<(K, Goes<K>)>, Vec<(K, usize, Goes<K>)>);

pub(super) fn changes<K: Copy + Ord>(
    origin: &Origin,
    cards: &[&Known<'_, K>],
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

/// The formed cards that moved records went to.
pub(super) fn changed<K: Copy + Ord>(
    moved: &[(K, usize, Goes<K>)],
    origin: &Origin,
    cards: &[&Known<'_, K>],
    roots: &[u32],
) -> BTreeSet<u32> {
    let left = |(c, at): (usize, usize)| {
        let of = cards.get(c).map(|card| card.card);
        moved
            .iter()
            .any(|(card, place, _)| (Some(*card), *place) == (of, at))
    };
    let placed = origin.iter().zip(roots);
    placed
        .filter(|(place, _)| place.is_some_and(left))
        .map(|(_, root)| *root)
        .collect()
}

/// Cards asked about and pairs of formed cards.
type Open<K> = (Vec<(K, u32)>, Vec<(u32, u32)>);

/// Cards that the new record's may be, with what each was formed to; and formed cards between which moved records leave a
/// question. A card made only now is of the second kind.
pub(super) fn left_open<K: Copy>(
    questions: &[Question],
    own: u32,
    names: &BTreeMap<u32, Option<K>>,
    went: &BTreeSet<u32>,
) -> Open<K> {
    let (mut asks, mut parted) = (Vec::new(), Vec::new());
    for Question { a, b, .. } in questions {
        let (one, other) = if *b == own { (*b, *a) } else { (*a, *b) };
        match names.get(&other) {
            Some(Some(card)) if one == own => asks.push((*card, other)),
            _ if went.contains(&one) || went.contains(&other) => parted.push((one, other)),
            _ => {}
        }
    }
    (asks, parted)
}

/// Which old card each formed card goes on as: the one most of its records come from, each old card once. Those that bear a
/// name count first: whoever was called often is not the calls.
pub(super) fn named<K: Copy + Ord>(
    roots: &[u32],
    origin: &Origin,
    cards: &[&Known<'_, K>],
) -> BTreeMap<u32, Option<K>> {
    let mut shares: BTreeMap<(u32, usize), (usize, usize)> = BTreeMap::new();
    let mut names: BTreeMap<u32, Option<K>> = roots.iter().map(|r| (*r, None)).collect();
    for (root, place) in roots.iter().zip(origin) {
        if let Some((c, at)) = place {
            let record = cards.get(*c).and_then(|card| card.records.get(*at));
            let share = shares.entry((*root, *c)).or_default();
            share.0 += usize::from(record.is_some_and(|record| !record.says_no_name()));
            share.1 += 1;
        }
    }
    let mut ranked: Vec<((u32, usize), (usize, usize))> = shares.into_iter().collect();
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
