//! Cards out of a whole file: the strongest evidence joins first, cards are compared whole, and no card ever holds
//! members that contradict each other.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::base::Base;
use super::compare::{Rarity, compare, compare_unless};
use super::crowd::Crowds;
use super::model::{CONTRADICTED, Model};
use super::profile::Profile;
pub use super::questions::Question;
use super::questions::sort_by_worth;
use super::rulings::Rulings;
use super::traits::{Level, Trait};

/// Pairs below this many bits are forgotten.
pub(super) const WORTH_KEEPING: f64 = -8.0;

/// Two cards that may be one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Proposal {
    bits: f64,
    a: u32,
    b: u32,
    /// Sizes of both when weighed: a card that has grown since must be weighed again.
    sizes: (u32, u32),
}

impl Eq for Proposal {}

impl Ord for Proposal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bits
            .total_cmp(&other.bits)
            .then_with(|| (other.a, other.b).cmp(&(self.a, self.b)))
    }
}

impl PartialOrd for Proposal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Bits for two profiles being one client. What rules a pair out is looked at first, and nothing else then.
pub(super) fn bits(a: &Profile, b: &Profile, rarity: &Rarity<'_>, model: &Model) -> f64 {
    let table = model.table(a.party, b.party);
    match compare_unless(a, b, rarity, |c| table.ruled_out(c).is_some()) {
        Some(c) => model.weigh(&c, table, rarity.records()).bits,
        None => CONTRADICTED,
    }
}

/// Cards being formed.
struct Cards<'a> {
    profiles: Vec<Profile>,
    root: Vec<u32>,
    /// Roots each root shares a key with, and how well they match.
    near: Vec<BTreeMap<u32, f64>>,
    /// Roots each root must not be joined with, by what people said.
    barred: BTreeMap<u32, BTreeSet<u32>>,
    rarity: &'a Rarity<'a>,
    model: &'a Model,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub struct Clustering {
    /// For every record the number of its card: the lowest record in it.
    pub cards: Vec<u32>,
    /// Pairs of cards a human should be asked about, those worth most first.
    pub questions: Vec<Question>,
    /// What each card says, by its number; empty for a record that is not the lowest of its card.
    pub profiles: Vec<Profile>,
}

/// Forms cards out of all records of a base.
pub fn cluster(base: &Base, model: &Model) -> Clustering {
    cluster_ruled(base, &Rulings::default(), model)
}

/// Forms cards out of all records of a base; `rulings` speak of records by their numbers.
pub fn cluster_ruled(base: &Base, rulings: &Rulings<u32>, model: &Model) -> Clustering {
    let crowds = Crowds::of(base.profiles.iter());
    let rarity = Rarity::new(&base.counts).among(&crowds);
    form(base.profiles.clone(), &base.pairs(), rulings, &rarity, model)
}

/// The same, giving up the base: a large file needs its memory.
pub fn cluster_whole(base: Base, rulings: &Rulings<u32>, model: &Model) -> Clustering {
    let pairs = base.pairs();
    let (profiles, counts) = base.into_parts();
    let crowds = Crowds::of(profiles.iter());
    form(
        profiles,
        &pairs,
        rulings,
        &Rarity::new(&counts).among(&crowds),
        model,
    )
}

/// Forms cards out of some records; `pairs` are those worth weighing and `rulings` what people said, both by place in
/// `records`.
pub fn form(
    records: Vec<Profile>,
    pairs: &[(u32, u32)],
    rulings: &Rulings<u32>,
    rarity: &Rarity<'_>,
    model: &Model,
) -> Clustering {
    let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
    let mut cards = Cards {
        root: (0..count).collect(),
        near: vec![BTreeMap::new(); records.len()],
        barred: BTreeMap::new(),
        profiles: records,
        rarity,
        model,
    };
    cards.obey(rulings);
    let mut pairs: Vec<(u32, u32)> = pairs
        .iter()
        .map(|(a, b)| (cards.find(*a), cards.find(*b)))
        .filter(|(a, b)| a != b)
        .map(|(a, b)| (a.min(b), a.max(b)))
        .collect();
    if !rulings.together.is_empty() {
        pairs.sort_unstable();
        pairs.dedup();
    }
    let mut heap = BinaryHeap::new();
    for (a, b) in pairs {
        heap.extend(cards.propose(a, b));
    }
    let mut doubtful: Vec<Proposal> = Vec::new();
    loop {
        while let Some(next) = heap.pop() {
            if !cards.is_current(&next) {
                continue;
            }
            if cards.is_doubtful(&next) {
                doubtful.push(next);
                continue;
            }
            for (a, b) in cards.join(next.a, next.b) {
                heap.extend(cards.propose(a, b));
            }
        }
        // What was in doubt may have become clear since.
        let before = doubtful.len();
        let (clear, still): (Vec<_>, Vec<_>) = doubtful
            .into_iter()
            .filter(|p| cards.is_current(p))
            .partition(|p| !cards.is_doubtful(p));
        doubtful = still;
        if clear.is_empty() || before == 0 {
            break;
        }
        heap.extend(clear);
    }
    Clustering {
        cards: (0..count).map(|i| cards.find(i)).collect(),
        questions: cards.questions(),
        profiles: cards.profiles,
    }
}

impl Cards<'_> {
    fn find(&self, mut i: u32) -> u32 {
        while let Some(up) = self.root.get(i as usize).filter(|up| **up != i) {
            i = *up;
        }
        i
    }

    fn profile(&self, i: u32) -> Option<&Profile> {
        self.profiles.get(i as usize)
    }

    /// Bars what must stay apart and joins what belongs together.
    fn obey(&mut self, rulings: &Rulings<u32>) {
        for (a, b) in rulings.apart.iter().filter(|(a, b)| a != b) {
            self.barred.entry(*a).or_default().insert(*b);
            self.barred.entry(*b).or_default().insert(*a);
        }
        for (a, b) in &rulings.together {
            let (a, b) = (self.find(*a), self.find(*b));
            if a != b && self.profile(a.max(b)).is_some() && !self.is_barred(a, b) {
                self.join(a, b);
            }
        }
    }

    fn is_barred(&self, a: u32, b: u32) -> bool {
        self.barred.get(&a).is_some_and(|others| others.contains(&b))
    }

    /// Weighs two roots and remembers the result.
    fn propose(&mut self, a: u32, b: u32) -> Option<Proposal> {
        if self.is_barred(a, b) {
            return None;
        }
        let (p, q) = (self.profile(a)?, self.profile(b)?);
        let bits = bits(p, q, self.rarity, self.model);
        let sizes = (p.records, q.records);
        if bits > WORTH_KEEPING {
            self.near.get_mut(a as usize)?.insert(b, bits);
            self.near.get_mut(b as usize)?.insert(a, bits);
        } else {
            self.near.get_mut(a as usize)?.remove(&b);
            self.near.get_mut(b as usize)?.remove(&a);
        }
        (bits >= self.model.thresholds.link).then_some(Proposal { bits, a, b, sizes })
    }

    /// What is left between cards and is worth asking.
    fn questions(&self) -> Vec<Question> {
        let mut out: Vec<Question> = Vec::new();
        for (a, near) in (0u32..).zip(&self.near) {
            let worth = near
                .iter()
                .filter(|(b, bits)| a < **b && **bits >= self.model.thresholds.ask);
            let records = |i: u32| self.profile(i).map_or(0, |p| p.records);
            out.extend(worth.map(|(b, bits)| Question {
                a,
                b: *b,
                bits: *bits,
                records: (records(a), records(*b)),
            }));
        }
        sort_by_worth(&mut out);
        out
    }

    fn is_current(&self, p: &Proposal) -> bool {
        let whole =
            |i: u32, size: u32| self.find(i) == i && self.profile(i).is_some_and(|c| c.records == size);
        whole(p.a, p.sizes.0) && whole(p.b, p.sizes.1)
    }

    /// Whether another card claims one of the two nearly as well, and cannot be one with the other.
    fn is_doubtful(&self, p: &Proposal) -> bool {
        [(p.a, p.b), (p.b, p.a)].into_iter().any(|(one, other)| {
            let Some(near) = self.near.get(one as usize) else {
                return false;
            };
            near.iter().any(|(third, bits)| {
                *third != other && p.bits - bits < self.model.thresholds.lead && self.are_apart(*third, other)
            })
        })
    }

    fn are_apart(&self, a: u32, b: u32) -> bool {
        if self.is_barred(a, b) {
            return true;
        }
        let (Some(p), Some(q)) = (self.profile(a), self.profile(b)) else {
            return false;
        };
        let c = compare(p, q, self.rarity);
        let table = self.model.table(p.party, q.party);
        let differ = [Trait::BirthDate, Trait::Patronymic, Trait::PatronymicInitial]
            .into_iter()
            .any(|t| c.get(t).is_some_and(|(level, _)| level == Level::Other));
        let bits = || self.model.weigh(&c, table, self.rarity.records()).bits;
        table.ruled_out(&c).is_some() || differ && bits() < self.model.thresholds.link
    }

    /// Joins two roots; answers the pairs to be weighed anew.
    fn join(&mut self, a: u32, b: u32) -> Vec<(u32, u32)> {
        let (keep, gone) = (a.min(b), a.max(b));
        let lost = self
            .profiles
            .get_mut(gone as usize)
            .map(std::mem::take)
            .unwrap_or_default();
        if let Some(kept) = self.profiles.get_mut(keep as usize) {
            kept.join(&lost);
        }
        if let Some(root) = self.root.get_mut(gone as usize) {
            *root = keep;
        }
        for third in self.barred.remove(&gone).unwrap_or_default() {
            if let Some(theirs) = self.barred.get_mut(&third) {
                theirs.remove(&gone);
                theirs.insert(keep);
            }
            self.barred.entry(keep).or_default().insert(third);
        }
        let mut others: Vec<u32> = Vec::new();
        for side in [keep, gone] {
            let near = self
                .near
                .get_mut(side as usize)
                .map(std::mem::take)
                .unwrap_or_default();
            for third in near.into_keys().filter(|t| *t != keep && *t != gone) {
                if let Some(theirs) = self.near.get_mut(third as usize) {
                    theirs.remove(&side);
                }
                others.push(third);
            }
        }
        others.sort_unstable();
        others.dedup();
        others
            .into_iter()
            .map(|third| (keep.min(third), keep.max(third)))
            .collect()
    }
}
