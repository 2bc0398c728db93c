//! Which cards of the file have something, in bounded memory.

use std::collections::HashMap;

use super::{cards::Cards, comparable::Key};

/// Things remembered: 128 MiB, enough for half a million rows that say much.
pub(super) const MOST_ENTRIES: usize = 8 << 20;
const HEADS: usize = 1 << 20;
const NONE: u32 = u32::MAX;

// The registry's own measure of what is worth comparing. It counts all clients who have something, here only those of the file
// are: whatever it compares is among what is found here.
const MOST_HOLDERS: usize = 32;
const COMMON: f64 = 120.0;
const LEAST_SHARED: f64 = 4.9;
const MOST_CANDIDATES: usize = 40;

#[derive(Debug)]
struct Entry {
    key: i64,
    row: u32,
    next: u32,
}

/// What a row and a card have in common.
#[derive(Debug, Default)]
struct Shared {
    says: f64,
    keys: u32,
    tells: bool,
}

/// Rows by what they say, one of each card.
#[derive(Debug)]
pub(super) struct Index {
    heads: Vec<u32>,
    entries: Vec<Entry>,
    most: usize,
}

impl Index {
    pub(super) fn new(most: usize) -> Self {
        Self {
            heads: vec![NONE; HEADS],
            entries: Vec::new(),
            most: most.min(NONE as usize),
        }
    }

    /// The cards that have the key, each once; one more than the bound says that there are too many.
    fn holders(&self, key: i64, cards: &mut Cards) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let mut at = self.heads[bucket(key)];
        while let Some(entry) = self.entries.get(at as usize) {
            at = entry.next;
            if entry.key != key {
                continue;
            }
            let card = cards.card_of(entry.row);
            if !found.contains(&card) {
                found.push(card);
            }
            if found.len() > MOST_HOLDERS {
                break;
            }
        }
        found
    }

    /// Cards that share enough of the keys to be compared.
    pub(super) fn sharing(&self, keys: &[Key], cards: &mut Cards) -> Vec<u32> {
        let mut shared: HashMap<u32, Shared> = HashMap::new();
        for key in keys {
            let holders = self.holders(key.number, cards);
            if holders.len() > MOST_HOLDERS {
                continue;
            }
            let count = f64::from(u32::try_from(holders.len().max(1)).unwrap_or(NONE));
            for card in holders {
                let with = shared.entry(card).or_default();
                with.says += (COMMON / count).log2();
                with.keys += 1;
                with.tells |= key.tells;
            }
        }
        let mut ranked: Vec<(u32, f64)> = shared
            .into_iter()
            .filter(|(_, with)| with.says >= LEAST_SHARED && (with.tells || with.keys > 1))
            .map(|(card, with)| (card, with.says))
            .collect();
        ranked.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
        ranked.truncate(MOST_CANDIDATES);
        ranked.into_iter().map(|(card, _)| card).collect()
    }

    /// Remembers what a row says; false when there is no room for all of it.
    pub(super) fn add(&mut self, row: u32, keys: &[Key], cards: &mut Cards) -> bool {
        let card = cards.card_of(row);
        for key in keys {
            let holders = self.holders(key.number, cards);
            // What too many have is not followed.
            if holders.len() > MOST_HOLDERS || holders.contains(&card) {
                continue;
            }
            if self.entries.len() >= self.most {
                return false;
            }
            let head = &mut self.heads[bucket(key.number)];
            let next = std::mem::replace(head, u32::try_from(self.entries.len()).unwrap_or(NONE));
            self.entries.push(Entry {
                key: key.number,
                row,
                next,
            });
        }
        true
    }
}

fn bucket(key: i64) -> usize {
    (key.cast_unsigned() >> 20) as usize % HEADS
}
