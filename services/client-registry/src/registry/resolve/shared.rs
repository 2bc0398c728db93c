//! Who shares keys with a record, and what that says: a key that few have says much, one that everybody has nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{junk::JunkKeys, reading::Reading};
use crate::store::{self, keys::Holders};

/// A key that more clients have identifies nobody and is not followed.
pub(in crate::registry) const MOST_HOLDERS: usize = 32;
/// So many clients may have a key that says nothing at all.
const COMMON: f64 = 120.0;
/// Most clients a record is compared with, those whose shared keys say most.
const MOST_CANDIDATES: usize = 40;
/// Least that the keys a client shares must say together, in bits beyond those of a key that everybody may have: a key of
/// four clients, or several commoner ones. Less than that has nothing in it that could link, and there are many such.
const LEAST_SHARED: f64 = 4.9;

/// Keys of some records, and who has them.
#[derive(Default)]
pub(super) struct SharedKeys {
    holders: HashMap<i64, Holders>,
    /// Who got which since they were read.
    held: Vec<(Uuid, Vec<i64>)>,
}

impl SharedKeys {
    /// The keys of these records whose holders are to be looked up, and those that are known to be junk.
    pub(super) fn wanted<'a>(
        group: &str,
        readings: impl Iterator<Item = &'a Reading<'a>>,
        junk: &JunkKeys,
    ) -> (Vec<i64>, Vec<i64>) {
        let wanted: BTreeSet<i64> = readings
            .filter(|reading| reading.given.is_none())
            .flat_map(|reading| reading.keys.iter().copied())
            .collect();
        let mut wanted: Vec<i64> = wanted.into_iter().collect();
        let known = junk.take_from(group, &mut wanted);
        (wanted, known)
    }

    /// Looks up who has the keys of these records.
    pub(super) async fn load(
        connection: &mut PgConnection,
        group: &str,
        readings: &[&Reading<'_>],
        junk: &JunkKeys,
        beside: Option<&mut PgConnection>,
    ) -> sqlx::Result<Self> {
        let (wanted, known) = Self::wanted(group, readings.iter().copied(), junk);
        let holders = match beside {
            Some(beside) => {
                let (one, other) = wanted.split_at(wanted.len() / 2);
                let (mut found, rest) = tokio::try_join!(
                    store::keys::holders(connection, group, one, MOST_HOLDERS),
                    store::keys::holders(beside, group, other, MOST_HOLDERS),
                )?;
                found.extend(rest);
                found
            }
            None => store::keys::holders(connection, group, &wanted, MOST_HOLDERS).await?,
        };
        Ok(Self::of(group, holders, known, junk))
    }

    /// Takes what was looked up; keys of too many are learned to be junk.
    pub(super) fn of(
        group: &str,
        mut holders: HashMap<i64, Holders>,
        known_junk: Vec<i64>,
        junk: &JunkKeys,
    ) -> Self {
        let learned = holders.iter().filter(|(_, of)| **of == Holders::TooMany);
        junk.learn(group, learned.map(|(key, _)| *key));
        holders.extend(known_junk.into_iter().map(|key| (key, Holders::TooMany)));
        Self {
            holders,
            held: Vec::new(),
        }
    }

    /// Clients that share enough of the keys, the closest first.
    pub(super) fn sharing(&self, keys: &[i64]) -> Vec<Uuid> {
        let mut shared: HashMap<Uuid, f64> = HashMap::new();
        for clients in self.few(keys) {
            let says = says(clients.len());
            for client in clients {
                *shared.entry(*client).or_default() += says;
            }
        }
        let mut ranked: Vec<(Uuid, f64)> = shared
            .into_iter()
            .filter(|(_, says)| *says >= LEAST_SHARED)
            .collect();
        ranked.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
        ranked.truncate(MOST_CANDIDATES);
        ranked.into_iter().map(|(client, _)| client).collect()
    }

    /// Clients who have a key that says enough by itself.
    pub(super) fn alone(&self) -> HashSet<Uuid> {
        let most = most_alone();
        let few = self.holders.values().filter_map(|of| match of {
            Holders::Few(clients) if clients.len() <= most => Some(clients),
            _ => None,
        });
        few.flatten().copied().collect()
    }

    /// Holders of those of the keys that are followed.
    pub(super) fn few<'a>(&'a self, keys: &'a [i64]) -> impl Iterator<Item = &'a [Uuid]> {
        keys.iter().filter_map(|key| match self.holders.get(key) {
            Some(Holders::Few(clients)) => Some(clients.as_slice()),
            _ => None,
        })
    }

    /// The keys without those that too many clients have, and without those that the client `but` has already.
    pub(super) fn worth_keeping(&self, keys: &[i64], but: Option<Uuid>) -> Vec<i64> {
        let keys = keys.iter().copied();
        keys.filter(|key| match self.holders.get(key) {
            Some(Holders::TooMany) => false,
            Some(Holders::Few(clients)) => !but.is_some_and(|client| clients.contains(&client)),
            None => true,
        })
        .collect()
    }

    /// That a client has these keys now.
    pub(super) fn hold(&mut self, client: Uuid, keys: &[i64]) {
        self.note(client, keys);
        self.held.push((client, keys.to_vec()));
    }

    /// What clients got since the keys were read.
    pub(super) fn into_held(self) -> Vec<(Uuid, Vec<i64>)> {
        self.held
    }

    /// Takes in what clients got meanwhile, as far as somebody looks for it.
    pub(super) fn catch_up(&mut self, held: &[(Uuid, Vec<i64>)], wanted: &HashSet<i64>) {
        for (client, keys) in held {
            let keys: Vec<i64> = keys.iter().copied().filter(|key| wanted.contains(key)).collect();
            self.note(*client, &keys);
        }
    }

    fn note(&mut self, client: Uuid, keys: &[i64]) {
        for key in keys {
            let holders = self
                .holders
                .entry(*key)
                .or_insert_with(|| Holders::Few(Vec::new()));
            let Holders::Few(clients) = holders else { continue };
            if !clients.contains(&client) {
                clients.push(client);
            }
            if clients.len() > MOST_HOLDERS {
                *holders = Holders::TooMany;
            }
        }
    }
}

/// What a key that so many clients have says, in bits beyond those of one that is too common to say anything.
fn says(clients: usize) -> f64 {
    (COMMON / f64::from(u32::try_from(clients.max(1)).unwrap_or(u32::MAX))).log2()
}

/// A key of so many clients says enough by itself.
pub(super) fn most_alone() -> usize {
    (1..=MOST_HOLDERS)
        .take_while(|clients| says(*clients) >= LEAST_SHARED)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rare_key_is_enough_and_one_common_key_is_not() {
        let clients: Vec<Uuid> = (0..20).map(|_| Uuid::now_v7()).collect();
        let mut shared = SharedKeys::default();
        for client in &clients {
            shared.hold(*client, &[1]);
        }
        shared.hold(clients[7], &[2]);
        assert!(shared.sharing(&[1]).is_empty(), "a key of twenty says too little");
        assert_eq!(shared.sharing(&[2]), [clients[7]]);
        assert_eq!(shared.sharing(&[1, 2])[0], clients[7]);
        assert_eq!(shared.alone(), HashSet::from([clients[7]]));
    }

    #[test]
    fn a_key_of_too_many_is_neither_followed_nor_kept() {
        let mut shared = SharedKeys::default();
        for _ in 0..=MOST_HOLDERS {
            shared.hold(Uuid::now_v7(), &[1]);
        }
        shared.hold(Uuid::now_v7(), &[1, 2]);
        assert_eq!(shared.few(&[1]).count(), 0);
        assert_eq!(shared.worth_keeping(&[1, 2], None), [2]);
        let last = shared.few(&[2]).next().map(|clients| clients[0]);
        assert!(shared.worth_keeping(&[1, 2], last).is_empty());
    }
}
