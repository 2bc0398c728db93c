//! The cards a record bears upon, and records that bear upon so little that no card is formed anew.

use super::{Ask, Goes, Known, Placed, explain};
use crate::engine::{
    cluster::{WORTH_KEEPING, bits},
    compare::Rarity,
    model::Model,
    profile::Profile,
};

/// Most cards formed anew for one arrival, the closest first.
pub const MOST_CARDS: usize = 24;

/// Most records need no forming anew: nothing is near, or one card that takes the record as a whole.
pub(super) fn plain<K: Copy>(
    record: &Profile,
    found: &[(f64, &Known<'_, K>)],
    rarity: &Rarity<'_>,
    model: &Model,
) -> Option<Placed<K>> {
    let mut placed = Placed {
        card: Goes::New(0),
        why: None,
        merged: Vec::new(),
        moved: Vec::new(),
        asks: Vec::new(),
        parted: Vec::new(),
    };
    match found {
        [] => {}
        [(bits, known)] if *bits >= model.thresholds.link || known.records.len() == 1 => {
            let why = explain(record, &known.whole, rarity, model);
            if why.bits >= model.thresholds.link {
                placed.card = Goes::To(known.card);
                placed.why = Some(why);
            } else if known.records.len() > 1 {
                // One of its members was near, not the card.
                return None;
            } else if why.bits >= model.thresholds.ask {
                placed.asks.push(Ask {
                    card: known.card,
                    records: (record.records, known.whole.records),
                    why,
                });
            }
        }
        _ => return None,
    }
    Some(placed)
}

/// The cards the record bears upon, the closest first: those that may be its own, those one of whose members may
/// belong with it, and those people said it is of.
pub(super) fn in_question<'c, 'a, K: Copy + Ord>(
    record: &Profile,
    cards: &'c [Known<'a, K>],
    with: &[K],
    rarity: &Rarity<'_>,
    model: &Model,
) -> Vec<(f64, &'c Known<'a, K>)> {
    let bits = |other: &Profile| bits(record, other, rarity, model);
    let mut found: Vec<(f64, &Known<'_, K>)> = Vec::new();
    for card in cards {
        if with.contains(&card.card) {
            found.push((f64::INFINITY, card));
            continue;
        }
        let mut best = bits(&card.whole);
        if best < WORTH_KEEPING && card.records.len() > 1 {
            let closest = card
                .records
                .iter()
                .map(|r| bits(r))
                .fold(f64::NEG_INFINITY, f64::max);
            if closest >= model.thresholds.link {
                best = closest;
            }
        }
        if best >= WORTH_KEEPING {
            found.push((best, card));
        }
    }
    found.sort_by(|(p, a), (q, b)| q.total_cmp(p).then_with(|| a.card.cmp(&b.card)));
    found.truncate(MOST_CARDS);
    found
}
