//! How often a value occurs: agreement on Иванов says little, on a phone of two records much.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::keys::match_keys;
use crate::normalise::given_names;
use crate::record::Normalised;

/// Counts over the stored records. `None` means not counted: then the compiled-in priors speak.
pub trait TermFrequencies {
    /// Records in the base.
    fn records(&self) -> u64;
    /// Records carrying this value. Kinds are those of [`crate::MatchKey`], and `surname` (stem), `given`
    /// (canonical name).
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

    /// Counts one more record in, by the engine's terms.
    pub(crate) fn add_terms(&mut self, terms: Vec<(&'static str, String)>) {
        self.records += 1;
        for (kind, value) in terms {
            *self.counts.entry(number(kind, &value)).or_default() += 1;
        }
    }

    /// Counts one more record in.
    pub fn add(&mut self, n: &Normalised) {
        self.records += 1;
        for (kind, value) in terms(n) {
            *self.counts.entry(number(kind, &value)).or_default() += 1;
        }
    }
}

/// Every value of a record that is worth counting, as (kind, value).
pub fn terms(n: &Normalised) -> Vec<(&'static str, String)> {
    let mut out: Vec<_> = match_keys(n).into_iter().map(|k| (k.kind, k.value)).collect();
    if !n.name_match.surname.is_empty() {
        out.push(("surname", n.name_match.surname.clone()));
    }
    if n.name_match.given_names.len() == 1 {
        out.extend(n.name_match.given_names.iter().map(|g| ("given", g.clone())));
    }
    out
}

impl TermFrequencies for Stats {
    fn records(&self) -> u64 {
        self.records
    }

    fn count(&self, kind: &str, value: &str) -> Option<u64> {
        self.counts.get(&number(kind, value)).copied()
    }
}

/// What scoring knows beyond the two records.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub terms: &'a dyn TermFrequencies,
}

/// A young base is a sample of a town, not the whole of it: below this many records its counts don't speak.
const SMALLEST_POPULATION: f64 = 20_000.0;
/// Counts of names are trusted from this many records on.
const ENOUGH_RECORDS: u64 = 5_000;

impl<'a> Context<'a> {
    pub fn new(terms: &'a dyn TermFrequencies) -> Self {
        Self { terms }
    }

    /// How many records a stranger could be one of.
    pub(crate) fn population(&self) -> f64 {
        (self.terms.records() as f64).max(SMALLEST_POPULATION)
    }

    /// Bits for agreeing on a contact, vehicle or the like that `count` records carry, when `m` of true pairs agree.
    /// One client's own visits raise the count too, so it weighs by its root.
    pub(crate) fn shared(&self, kind: &str, value: &str, m: f64) -> f64 {
        let count = self.terms.count(kind, value).unwrap_or(2).max(2) as f64;
        (m * self.population() / (count / 2.0).sqrt() / 2.0).log2()
    }

    /// Bits for agreeing on a surname stem.
    pub(crate) fn surname(&self, stem: &str) -> f64 {
        let share = self.share("surname", stem).unwrap_or(0.0005).max(0.0001);
        (0.85 / share).log2()
    }

    /// Bits for agreeing on one of these canonical given names.
    pub(crate) fn given<'n>(&self, names: impl Iterator<Item = &'n String>) -> f64 {
        let share: f64 = names
            .map(|n| {
                self.share("given", n)
                    .unwrap_or(0.0)
                    .max(given_names::prior_share(n))
            })
            .sum();
        (0.85 / share.clamp(0.002, 0.5)).log2()
    }

    fn share(&self, kind: &str, value: &str) -> Option<f64> {
        let records = self.terms.records();
        let count = self.terms.count(kind, value)?;
        (records >= ENOUGH_RECORDS).then(|| count as f64 / records as f64)
    }
}
