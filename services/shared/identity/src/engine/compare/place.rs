//! Where a client lives and which branch wrote the record.

use super::{Comparison, Rarity};
use crate::engine::profile::Profile;
use crate::engine::traits::{Level, Trait};
use crate::normalise::address::Address;
use crate::text::distance;

pub(super) fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    for x in a.addresses.iter().map(|s| &*s.value) {
        for y in b.addresses.iter().map(|s| &*s.value) {
            addresses(x, y, rarity, c);
        }
    }
    if let (Some((Level::Exact | Level::Close, _)), Some(_)) = (c.get(Trait::Address), c.get(Trait::House)) {
        c.clear(Trait::House);
    }
    let same = |x: &[crate::engine::profile::Said<std::sync::Arc<str>>],
                y: &[crate::engine::profile::Said<std::sync::Arc<str>>],
                kind: &str| {
        let common = x.iter().find(|p| y.iter().any(|q| p.value == q.value));
        match common {
            Some(v) => Some((Level::Exact, rarity.share(kind, &v.value, 0.5, 0.01))),
            None if x.is_empty() || y.is_empty() => None,
            None => Some((Level::Other, 0.0)),
        }
    };
    if let Some((l, p)) = same(&a.cities, &b.cities, "city") {
        c.set(Trait::City, l, p);
    }
    if let Some((l, p)) = same(&a.branches, &b.branches, "branch") {
        c.set(Trait::Branch, l, p);
    }
}

/// Exact: street, house and flat. Close: one of them a slip apart. Part: another flat of the house.
fn addresses(x: &Address, y: &Address, rarity: &Rarity<'_>, c: &mut Comparison) {
    if x.house.is_empty() || y.house.is_empty() {
        return;
    }
    let street = x.street == y.street;
    let near_street = || street || distance::is_slip(&x.street, &y.street);
    let near = |p: &str, q: &str| p == q || p.len() + q.len() >= 5 && distance::edits(p, q) == 1;
    if x.flat.is_empty() || y.flat.is_empty() {
        let level = if street && x.house == y.house {
            Level::Exact
        } else if x.house == y.house && near_street() {
            Level::Close
        } else {
            Level::Other
        };
        c.set(Trait::House, level, 2e-4);
        return;
    }
    let share = |a: &Address| {
        let key = format!("{}|{}|{}", a.street, a.house, a.flat);
        rarity.share("address", &key, 1.0, 1e-6)
    };
    let level = if street && x.house == y.house && x.flat == y.flat {
        Level::Exact
    } else if x.flat == y.flat && (x.house == y.house && near_street() || street && near(&x.house, &y.house))
    {
        Level::Close
    } else if street && x.house == y.house {
        Level::Part
    } else {
        Level::Other
    };
    c.set(Trait::Address, level, share(x).max(share(y)));
}
