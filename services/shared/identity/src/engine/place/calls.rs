//! Records that say no name: calls, as a rule. Such a one lies on the card it was given to, often by its number alone and with
//! less evidence than two names would want. It says nothing about who is who, and leaves only with somebody who speaks by
//! that number and gives a name; else every call would send the one before it away.

use std::collections::BTreeMap;

use super::{Known, Origin};
use crate::engine::profile::Profile;

/// A record without a name on the card of somebody who has one.
pub(super) struct Call<'a, K> {
    card: K,
    profile: &'a Profile,
    /// Places among the records being formed anew: its own, and that of the one it lies with.
    at: u32,
    with: u32,
}

/// Those of these cards.
pub(super) fn of<'a, K: Copy>(origin: &Origin, cards: &[&Known<'a, K>]) -> Vec<Call<'a, K>> {
    let mut members: BTreeMap<usize, Vec<(u32, &'a Profile)>> = BTreeMap::new();
    for (at, place) in (0u32..).zip(origin) {
        if let Some((c, of_card)) = place
            && let Some(profile) = cards.get(*c).and_then(|card| card.records.get(*of_card))
        {
            members.entry(*c).or_default().push((at, *profile));
        }
    }
    let mut calls = Vec::new();
    for (c, members) in members {
        let Some(card) = cards.get(c) else { continue };
        let (nameless, named): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|(_, profile)| profile.says_no_name());
        for (at, profile) in nameless {
            let speaks = named.iter().find(|(_, other)| other.shares_way(profile));
            if let Some((with, _)) = speaks.or_else(|| named.first()) {
                calls.push(Call {
                    card: card.card,
                    profile,
                    at,
                    with: *with,
                });
            }
        }
    }
    calls
}

impl<K: Copy + PartialEq> Call<'_, K> {
    /// Whether the record may show whose it is.
    pub(super) fn may_be_of(&self, record: &Profile) -> bool {
        !record.says_no_name() && record.shares_way(self.profile)
    }

    /// It, and the one it stays with.
    pub(super) fn with_its_card(&self) -> (u32, u32) {
        (self.with, self.at)
    }

    /// Whether it would leave its card for none, or for that of somebody else than the new record.
    pub(super) fn goes_astray(&self, roots: &[u32], names: &BTreeMap<u32, Option<K>>) -> bool {
        let root = roots.get(self.at as usize);
        root != roots.first() && root.and_then(|root| names.get(root)) != Some(&Some(self.card))
    }
}
