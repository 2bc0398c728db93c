//! Numbers by which a crowd speaks: a fleet's, a call centre's, a broker's. By such a number and a first name nobody is known.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::profile::{Given, Profile};

/// From so many different given names on a number belongs to no family.
const CROWD: usize = 8;

/// The numbers of crowds among some records or cards.
#[derive(Debug, Default)]
pub struct Crowds(HashSet<Arc<str>>);

impl Crowds {
    /// Looks at who says which name by which number. Of a card its first name counts, however it is written elsewhere.
    pub fn of<'a>(profiles: impl Iterator<Item = &'a Profile> + Clone) -> Self {
        // Hardly any number is in so many records at all.
        let mut records: HashMap<&Arc<str>, usize> = HashMap::new();
        for phone in profiles.clone().flat_map(|profile| &profile.phones) {
            *records.entry(&phone.value).or_default() += 1;
        }
        records.retain(|_, count| *count >= CROWD);
        let mut crowded = HashSet::new();
        if records.is_empty() {
            return Self(crowded);
        }
        let mut names: HashMap<&Arc<str>, Vec<&Given>> = HashMap::new();
        for profile in profiles {
            let Some(given) = profile.givens.iter().map(|s| &s.value).find(|given| given.known) else {
                continue;
            };
            let phones = profile.phones.iter().map(|s| &s.value);
            for phone in phones.filter(|phone| records.contains_key(phone)) {
                let said = names.entry(phone).or_default();
                let new = |other: &&Given| other.names.iter().all(|name| !given.names.contains(name));
                if said.len() < CROWD && said.iter().all(new) {
                    said.push(given);
                    if said.len() == CROWD {
                        crowded.insert(Arc::clone(phone));
                    }
                }
            }
        }
        Self(crowded)
    }

    pub(super) fn has(&self, phone: &str) -> bool {
        self.0.contains(phone)
    }
}
