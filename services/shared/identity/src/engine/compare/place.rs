//! Where a client lives and which branch wrote the record.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Comparison, Rarity};
use crate::engine::profile::{Profile, Said};
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
    cities(&a.cities, &b.cities, rarity, c);
    if let Some(found) = values(&a.branches, &b.branches, &|_, _| false, &|v| {
        rarity.share("branch", v, 0.5, 0.01)
    }) {
        c.set(Trait::Branch, found.0, found.1);
    }
    parts(a, b, rarity, c);
}

/// One of two lists of values.
type Values = [Said<Arc<str>>];

/// Exact: a value in common. Close: two that are near. With the chance of meeting the value.
fn values(
    a: &Values,
    b: &Values,
    near: &dyn Fn(&str, &str) -> bool,
    chance: &dyn Fn(&str) -> f64,
) -> Option<(Level, f64)> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if let Some(common) = a.iter().find(|x| b.iter().any(|y| x.value == y.value)) {
        return Some((Level::Exact, chance(&common.value)));
    }
    let close = a.iter().find_map(|x| {
        let y = b.iter().find(|y| near(&x.value, &y.value))?;
        Some(chance(&x.value).max(chance(&y.value)))
    });
    Some(close.map_or((Level::Other, 0.0), |chance| (Level::Close, chance)))
}

/// Exact: one city. Close: a slip apart.
fn cities(a: &Values, b: &Values, rarity: &Rarity<'_>, c: &mut Comparison) {
    if let Some(found) = values(a, b, &distance::is_slip, &|v| rarity.share("city", v, 0.5, 0.01)) {
        c.set(Trait::City, found.0, found.1);
    }
}

/// Parts of an address said apart. House, postcode, region: close is a digit or letter wrong. Street lines: close is
/// a slip or two or another order of the lines, part is one line of two.
fn parts(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    let slip = |x: &str, y: &str| distance::within(x, y, 1);
    let mut set = |t: Trait, found: Option<(Level, f64)>| {
        if let Some((level, chance)) = found {
            c.set(t, level, chance);
        }
    };
    set(Trait::HouseNumber, values(&a.houses, &b.houses, &slip, &|_| 0.0));
    set(
        Trait::Postcode,
        values(&a.postcodes, &b.postcodes, &slip, &|v| {
            rarity.share("postcode", v, 1.0, 5e-4)
        }),
    );
    set(
        Trait::Region,
        values(&a.regions, &b.regions, &slip, &|v| {
            rarity.share("region", v, 1.0, 0.02)
        }),
    );
    for x in a.streets.iter().map(|s| &*s.value) {
        for y in b.streets.iter().map(|s| &*s.value) {
            let level = match (x == y, alike(x, y)) {
                (true, _) => Level::Exact,
                (_, 70..) => Level::Close,
                (_, 45..) => Level::Part,
                _ => Level::Other,
            };
            c.set(Trait::Street, level, rarity.share("street", x, 1.0, 2e-4));
        }
    }
}

/// Share of the pairs of neighbouring letters that two texts have in common, in percent, wherever they stand.
fn alike(x: &str, y: &str) -> usize {
    let pairs = |s: &str| -> Vec<(char, char)> {
        let mut out: Vec<(char, char)> = s.chars().zip(s.chars().skip(1)).collect();
        out.sort_unstable();
        out
    };
    let (p, q) = (pairs(x), pairs(y));
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(one), Some(other)) = (p.get(i), q.get(j)) {
        match one.cmp(other) {
            Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
        }
    }
    200 * common / (p.len() + q.len()).max(1)
}

/// Exact: street, house and flat. Close: one of them a slip apart. Part: another flat of the house.
fn addresses(x: &Address, y: &Address, rarity: &Rarity<'_>, c: &mut Comparison) {
    if x.house.is_empty() || y.house.is_empty() {
        return;
    }
    let street = x.street == y.street;
    let near_street = || street || distance::is_slip(&x.street, &y.street);
    let near = |p: &str, q: &str| p == q || p.len() + q.len() >= 5 && distance::within(p, q, 1);
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
