//! Records held in memory with what is needed to find and weigh candidates: keys and counts.

use std::collections::HashMap;

use super::keys::numbers;
use super::profile::Profile;
use crate::record::Normalised;
use crate::stats::Stats;

/// A key met by more records than this is junk and is not followed.
pub const HOT: usize = 60;

/// Records of one file or one base.
#[derive(Default)]
pub struct Base {
    pub profiles: Vec<Profile>,
    pub counts: Stats,
    index: HashMap<i64, Vec<u32>>,
}

impl Base {
    /// Adds a record; answers its number.
    pub fn add(&mut self, n: &Normalised) -> u32 {
        self.add_profile(Profile::of(n))
    }

    /// Adds a record that was read before; answers its number.
    pub fn add_profile(&mut self, profile: Profile) -> u32 {
        let number = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX);
        for key in numbers(&profile) {
            let holders = self.index.entry(key).or_default();
            // One more than allowed tells that the key is hot.
            if holders.len() <= HOT {
                holders.push(number);
            }
        }
        count(&profile, &mut self.counts);
        self.profiles.push(profile);
        number
    }

    /// The records and their counts, without the index.
    pub fn into_parts(self) -> (Vec<Profile>, Stats) {
        (self.profiles, self.counts)
    }

    /// Every pair of records that shares a key which is not hot, once, the lower number first.
    pub fn pairs(&self) -> Vec<(u32, u32)> {
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for holders in self.index.values().filter(|h| h.len() > 1 && h.len() <= HOT) {
            for (i, a) in holders.iter().enumerate() {
                for b in holders.iter().skip(i + 1) {
                    pairs.push((*a.min(b), *a.max(b)));
                }
            }
            if pairs.len() > 32_000_000 {
                pairs.sort_unstable();
                pairs.dedup();
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    /// Records that share a key with a profile.
    pub fn candidates(&self, profile: &Profile) -> Vec<u32> {
        let mut found: Vec<u32> = numbers(profile)
            .iter()
            .filter_map(|k| self.index.get(k))
            .filter(|h| h.len() <= HOT)
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The parts of names that are counted, as (kind, value).
pub fn names(p: &Profile) -> impl Iterator<Item = (&'static str, &str)> {
    let surnames = p.surnames.iter().map(|s| ("surname", &*s.value.stem));
    let givens = p.givens.iter().filter_map(|given| match &*given.value.names {
        [one] => Some(("given", &**one)),
        _ => None,
    });
    let fathers = p.patronymics.iter().map(|s| ("patronymic", &*s.value.stem));
    surnames
        .chain(givens)
        .chain(fathers.filter(|(_, stem)| !stem.is_empty()))
}

/// Every value of a profile that is worth counting, as (kind, value).
pub fn terms(p: &Profile) -> Vec<(&'static str, String)> {
    let mut out: Vec<(&'static str, String)> = names(p).map(|(kind, name)| (kind, name.to_owned())).collect();
    // Whole numbers, too, are counted by their ends: only what many share matters, and seven digits tell numbers apart for that.
    for tail in p.phones.iter().chain(&p.phone_tails) {
        out.push(("phone_tail", super::keys::tail(&tail.value, 7).to_owned()));
    }
    out.extend(p.emails.iter().map(|s| ("email", s.value.to_string())));
    out.extend(
        p.vins
            .iter()
            .map(|s| ("vin_tail", super::keys::tail(&s.value.value, 6).to_owned())),
    );
    out.extend(p.plates.iter().map(|s| ("plate", s.value.value.to_string())));
    for model in &p.models {
        out.extend(model.value.iter().map(|w| ("model", w.to_string())));
    }
    for a in p.addresses.iter().map(|s| &s.value) {
        out.push(("address", format!("{}|{}|{}", a.street, a.house, a.flat)));
    }
    out.extend(p.cities.iter().map(|s| ("city", s.value.to_string())));
    out.extend(p.streets.iter().map(|s| ("street", s.value.to_string())));
    out.extend(p.postcodes.iter().map(|s| ("postcode", s.value.to_string())));
    out.extend(p.regions.iter().map(|s| ("region", s.value.to_string())));
    out.extend(p.branches.iter().map(|s| ("branch", s.value.to_string())));
    for name in p.companies.iter().map(|s| &s.value) {
        out.push(("company", name.to_string()));
        out.extend(name.split(' ').next().map(|w| ("company_word", w.to_owned())));
    }
    out
}

fn count(p: &Profile, counts: &mut Stats) {
    counts.add_terms(terms(p));
}
