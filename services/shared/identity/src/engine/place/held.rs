//! What people said, brought from cards down to the records being formed anew.

use std::collections::BTreeMap;

use super::{Known, Origin};
use crate::engine::rulings::Rulings;

/// Rulings about cards as rulings about places.
pub(super) fn by_place<K: Copy + Ord>(
    rulings: &Rulings<K>,
    origin: &Origin,
    cards: &[&Known<'_, K>],
) -> Rulings<u32> {
    let mut out = Rulings::default();
    let places = |card: &K| -> Vec<u32> {
        let at = cards.iter().position(|m| m.card == *card);
        let of = |o: &Option<(usize, usize)>| at.is_some() && o.map(|(c, _)| c) == at;
        (0u32..)
            .zip(origin)
            .filter(|(_, o)| of(o))
            .map(|(i, _)| i)
            .collect()
    };
    for (a, b) in rulings.apart.iter().filter(|(a, b)| a != b) {
        let theirs = places(b);
        for one in places(a) {
            out.apart.extend(theirs.iter().map(|other| (one, *other)));
        }
    }
    for card in &rulings.record_not {
        out.apart.extend(places(card).into_iter().map(|other| (0, other)));
    }
    for card in &rulings.record_with {
        // With the records people put there, or else with the whole card.
        let at = cards.iter().position(|m| m.card == *card);
        let pinned = at.into_iter().flat_map(|c| pinned_of(c, origin, cards));
        let mut with: Vec<u32> = pinned.filter_map(|i| u32::try_from(i).ok()).collect();
        if with.is_empty() {
            with = places(card);
        }
        out.together.extend(with.into_iter().map(|other| (0, other)));
    }
    for (a, b) in &rulings.together {
        let mut all = places(a);
        all.extend(places(b));
        out.together
            .extend(all.windows(2).filter_map(|w| Some((*w.first()?, *w.get(1)?))));
    }
    for c in 0..cards.len() {
        let pinned: Vec<u32> = pinned_of(c, origin, cards)
            .filter_map(|i| u32::try_from(i).ok())
            .collect();
        let chain = pinned.windows(2).filter_map(|w| Some((*w.first()?, *w.get(1)?)));
        out.together.extend(chain);
    }
    out
}

/// Places of the pinned records of a card.
pub(super) fn pinned_of<'a, K>(
    c: usize,
    origin: &'a Origin,
    cards: &'a [&Known<'_, K>],
) -> impl Iterator<Item = usize> + 'a {
    let pinned = cards.get(c).map(|card| card.pinned).unwrap_or_default();
    origin
        .iter()
        .enumerate()
        .filter(move |(_, o)| !pinned.is_empty() && o.is_some_and(|(of, at)| of == c && pinned.contains(&at)))
        .map(|(i, _)| i)
}

/// Whether a pinned record would leave a card that goes on without it.
pub(super) fn pinned_leaves<K: Copy + Ord>(
    roots: &[u32],
    names: &BTreeMap<u32, Option<K>>,
    origin: &Origin,
    cards: &[&Known<'_, K>],
) -> bool {
    cards.iter().enumerate().any(|(c, card)| {
        let Some(now) = pinned_of(c, origin, cards).next().and_then(|i| roots.get(i)) else {
            return false;
        };
        let of_card = origin
            .iter()
            .zip(roots)
            .filter(|(o, _)| o.is_some_and(|(of, _)| of == c));
        let (mut here, mut elsewhere) = (0, 0);
        for (_, root) in of_card {
            *(if root == now { &mut here } else { &mut elsewhere }) += 1;
        }
        names.get(now) != Some(&Some(card.card)) && (elsewhere > 0 || here < card.records.len())
    })
}

/// Bars pinned records of one card from those of another.
pub(super) fn keep_pinned_apart<K: Copy + Ord>(
    ruled: &mut Rulings<u32>,
    origin: &Origin,
    cards: &[&Known<'_, K>],
) {
    let first = |c: usize| {
        pinned_of(c, origin, cards)
            .next()
            .and_then(|i| u32::try_from(i).ok())
    };
    let pinned: Vec<u32> = (0..cards.len()).filter_map(first).collect();
    for (at, one) in pinned.iter().enumerate() {
        ruled
            .apart
            .extend(pinned.iter().skip(at + 1).map(|other| (*one, *other)));
    }
}
