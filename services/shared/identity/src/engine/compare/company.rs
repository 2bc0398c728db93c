//! Companies: name, numbers, the person to speak to.

use std::sync::Arc;

use super::{Comparison, Conflict, Rarity};
use crate::engine::profile::Profile;
use crate::engine::traits::{Level, Trait};
use crate::normalise::tax_id;
use crate::text::{distance, phonetic};

pub(super) fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    numbers(a, b, c);
    for x in a.companies.iter().map(|s| &*s.value) {
        for y in b.companies.iter().map(|s| &*s.value) {
            let share = |name: &str| {
                let first = name.split(' ').next().unwrap_or_default();
                let word = rarity.share("company_word", first, 0.06, 1e-3);
                rarity.share("company", name, 0.06, 1e-3).max(word)
            };
            let chance = share(x).max(share(y));
            c.set(Trait::CompanyName, name_level(x, y), chance);
        }
    }
    for x in &a.contact_surnames {
        for y in &b.contact_surnames {
            let level = if x.value == y.value || x.value.sound == y.value.sound {
                Level::Exact
            } else if distance::is_slip(&x.value.stem, &y.value.stem) {
                Level::Close
            } else {
                Level::Other
            };
            let share = |stem: &str| rarity.share("surname", stem, 0.7, 2e-4);
            let chance = share(&x.value.stem).max(share(&y.value.stem));
            c.set(Trait::Contact, level, chance);
        }
    }
}

/// Exact: one number. Close: a slip, or one number in which there is one for sure: its check digits do not hold. Other numbers are other companies. An OGRN says of a company what its INN does, and is
/// weighed with it: whoever has one of the two has the other. Where one agrees and the other does not, it is the one company
/// with a number typed by mistake. A trader gets another OGRNIP whenever he registers anew.
fn numbers(a: &Profile, b: &Profile, c: &mut Comparison) {
    for x in a.inns.iter().map(|s| &*s.value) {
        for y in b.inns.iter().map(|s| &*s.value) {
            let level = if x == y && tax_id::inn_checksum(x) {
                Level::Exact
            } else if x.len() == y.len() && distance::within(x, y, 1) {
                Level::Close
            } else {
                Level::Other
            };
            c.set(Trait::Inn, level, 1e-9);
        }
    }
    for x in a.ogrns.iter().map(|s| &*s.value) {
        for y in b.ogrns.iter().map(|s| &*s.value) {
            // Its check digit holds, or it would not be here: there are no slips.
            if x == y {
                c.set(Trait::Inn, Level::Exact, 1e-9);
            } else if x.len() == tax_id::OGRN && y.len() == tax_id::OGRN {
                c.set(Trait::Inn, Level::Other, 1e-9);
            }
        }
    }
    if c.get(Trait::Inn).is_some_and(|(l, _)| l == Level::Other) {
        c.oppose(Conflict::Inn);
    }
}

/// Two people have two tax numbers: where the check digits of both hold, none was mistyped. Whoever has the same is the same.
pub(super) fn numbers_of_people(a: &Profile, b: &Profile, c: &mut Comparison) {
    let own = |p: &Profile| -> Vec<Arc<str>> {
        let numbers = p.inns.iter().map(|inn| Arc::clone(&inn.value));
        numbers
            .filter(|inn| inn.len() == tax_id::INN_OF_PERSON && tax_id::inn_checksum(inn))
            .collect()
    };
    let (x, y) = (own(a), own(b));
    if x.iter().any(|inn| y.contains(inn)) {
        c.set(Trait::Inn, Level::Exact, 1e-9);
    } else if !x.is_empty() && !y.is_empty() {
        c.oppose(Conflict::Inn);
    }
}

/// Exact: the same words by sound. Close: a word or two a slip apart. Part: a word more, or one in common: firms of
/// one holding are called so.
fn name_level(x: &str, y: &str) -> Level {
    let words = |s: &str| s.split([' ', '-']).map(phonetic::key).collect::<Vec<_>>();
    let (u, v) = (words(x), words(y));
    if u.concat() == v.concat() {
        return Level::Exact;
    }
    let near = |a: &String, b: &String| a == b || !has_digit(a) && !has_digit(b) && distance::is_slip(a, b);
    if u.len() == v.len() && u.iter().zip(&v).all(|(a, b)| near(a, b)) {
        return Level::Close;
    }
    if u.iter()
        .any(|a| a.chars().count() > 3 && v.iter().any(|b| near(a, b)))
    {
        Level::Part
    } else {
        Level::Other
    }
}

fn has_digit(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
}
