//! How well cards agree with the truth: over pairs of records, and over whole cards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

/// Two clients that look alike, and how.
pub(crate) type Relation<'k> = (usize, usize, &'k str);

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figures {
    records: usize,
    cards: usize,
    pub(crate) precision: f64,
    recall: f64,
    pub(crate) f1: f64,
    /// Share of cards that hold records of several clients.
    mixed: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} records, F1 {:.4}, precision {:.4}, recall {:.4}, mixed cards {:.2} %",
            self.records,
            self.f1,
            self.precision,
            self.recall,
            self.mixed * 100.0
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of pairs")]
pub(crate) fn of(cards: &[u32], owners: &[usize]) -> Figures {
    let pairs = |counts: &BTreeMap<_, usize>| {
        counts
            .values()
            .map(|n| n * n.saturating_sub(1) / 2)
            .sum::<usize>()
    };
    let (mut by_card, mut by_owner, mut by_both) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut owners_of: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (card, owner) in cards.iter().zip(owners) {
        *by_card.entry((*card as usize, 0)).or_insert(0usize) += 1;
        *by_owner.entry((*owner, 0)).or_insert(0usize) += 1;
        *by_both.entry((*card as usize, *owner)).or_insert(0usize) += 1;
        owners_of.entry(*card).or_default().insert(*owner);
    }
    let (found, right, all) = (pairs(&by_card), pairs(&by_both), pairs(&by_owner));
    let share = |part: usize, whole: usize| {
        if whole == 0 {
            1.0
        } else {
            part as f64 / whole as f64
        }
    };
    let (precision, recall) = (share(right, found), share(right, all));
    Figures {
        records: cards.len(),
        cards: by_card.len(),
        precision,
        recall,
        f1: 2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE),
        mixed: share(
            owners_of.values().filter(|o| o.len() > 1).count(),
            owners_of.len(),
        ),
    }
}

/// Per kind of look-alikes: how many pairs were taken for one client, of how many.
pub(crate) fn traps<'k>(
    cards: &[u32],
    owners: &[usize],
    relations: &[Relation<'k>],
) -> Vec<(&'k str, usize, usize)> {
    let mut cards_of: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
    for (card, owner) in cards.iter().zip(owners) {
        cards_of.entry(*owner).or_default().insert(*card);
    }
    let mut kinds: BTreeMap<&'k str, (usize, usize)> = BTreeMap::new();
    for (a, b, kind) in relations {
        if let (Some(one), Some(other)) = (cards_of.get(a), cards_of.get(b)) {
            let seen = kinds.entry(*kind).or_default();
            seen.0 += usize::from(!one.is_disjoint(other));
            seen.1 += 1;
        }
    }
    kinds
        .into_iter()
        .map(|(kind, (merged, pairs))| (kind, merged, pairs))
        .collect()
}
