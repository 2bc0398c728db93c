//! How often a value occurs: agreement on Иванов says little, on a phone of two records much.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Counts over the stored records. `None` means not counted: then the compiled-in priors speak.
pub trait TermFrequencies {
    /// Records in the base.
    fn records(&self) -> u64;
    /// Records carrying this value. Kinds and values are those of [`crate::engine::base::terms`].
    fn count(&self, kind: &str, value: &str) -> Option<u64>;
}

/// Counts held in memory: either fed record by record, or set for just the values about to be compared.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    records: u64,
    /// By kind and value as one number: a base has millions of values, and their text is never asked for.
    counts: HashMap<u64, u64, BuildHasherDefault<AsItIs>>,
}

/// A key that is a hash already.
#[derive(Debug, Clone, Copy, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(self.0, bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// FNV-1a.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn number(kind: &str, value: &str) -> u64 {
    let of_kind = hash(0xcbf2_9ce4_8422_2325, kind.as_bytes());
    let mixed = hash(hash(of_kind, b"|"), value.as_bytes());
    (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

impl Stats {
    /// No counts yet, for a base of so many records.
    pub fn new(records: u64) -> Self {
        Self {
            records,
            counts: HashMap::default(),
        }
    }

    /// Tells the count of one value.
    pub fn set(&mut self, kind: &str, value: impl Into<String>, count: u64) {
        self.counts.insert(number(kind, &value.into()), count);
    }

    /// Takes over counts that were read later.
    pub fn take(&mut self, later: Self) {
        self.records = later.records;
        self.counts.extend(later.counts);
    }

    /// Counts a value in that was said so many times more.
    pub fn add(&mut self, kind: &str, value: &str, count: u64) {
        *self.counts.entry(number(kind, value)).or_default() += count;
    }

    /// Counts so many records more.
    pub fn add_records(&mut self, count: u64) {
        self.records += count;
    }

    /// Counts one more record in, by the engine's terms.
    pub(crate) fn add_terms(&mut self, terms: Vec<(&'static str, String)>) {
        self.add_records(1);
        for (kind, value) in terms {
            self.add(kind, &value, 1);
        }
    }
}

impl TermFrequencies for Stats {
    fn records(&self) -> u64 {
        self.records
    }

    fn count(&self, kind: &str, value: &str) -> Option<u64> {
        self.counts.get(&number(kind, value)).copied()
    }
}
