//! Given names: full, short, initials, misspelt.

use super::person::Tally;
use super::{Comparison, Conflict, Rarity};
use crate::engine::profile::{Given, Profile};
use crate::engine::traits::{Level, Trait};
use crate::normalise::given_names;
use crate::text::distance;

pub(super) fn givens(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    let mut tally = Tally::default();
    for x in &a.givens {
        for y in &b.givens {
            let (t, level, chance) = given(&x.value, &y.value, rarity);
            let times = x.times.max(y.times);
            match level {
                Level::Other if x.value.may_be_read() && y.value.may_be_read() => tally.against += times,
                Level::Exact | Level::Close => tally.agree += times,
                Level::Part | Level::Other => {}
            }
            c.set(t, level, chance);
        }
    }
    // Of the three, the one that tells most speaks.
    let told = [Trait::Given, Trait::GivenShort, Trait::GivenInitial];
    let opposed = tally.against > 0 && tally.against * 3 >= tally.agree;
    if opposed {
        let worst = told
            .into_iter()
            .find(|t| c.get(*t).is_some())
            .unwrap_or(Trait::Given);
        for t in told {
            c.clear(t);
        }
        c.set(worst, Level::Other, 0.0);
        c.oppose(Conflict::Given);
        return;
    }
    let best = told
        .into_iter()
        .find(|t| c.get(*t).is_some_and(|(l, _)| l <= Level::Close));
    let kept = best.or_else(|| told.into_iter().find(|t| c.get(*t).is_some()));
    for t in told {
        if Some(t) != kept {
            c.clear(t);
        }
    }
}

/// Exact: one name. Close: a slip apart. Part: other names, suspiciously alike. Other: other names.
fn given(x: &Given, y: &Given, rarity: &Rarity<'_>) -> (Trait, Level, f64) {
    let least = 5e-4;
    if x.word.is_empty() || y.word.is_empty() {
        let level = if begins(x, y.initial) || begins(y, x.initial) {
            Level::Exact
        } else {
            Level::Other
        };
        return (Trait::GivenInitial, level, 0.09);
    }
    let share = |n: &Given| {
        n.names
            .iter()
            .map(|v| rarity.share("given", v, 0.9, least))
            .sum::<f64>()
            .min(0.5)
    };
    let common: f64 = x
        .names
        .iter()
        .filter(|n| y.names.contains(n))
        .map(|n| rarity.share("given", n, 0.9, least))
        .sum();
    let t = if x.is_full() && y.is_full() {
        Trait::Given
    } else {
        Trait::GivenShort
    };
    if common > 0.0 {
        let chance = if t == Trait::Given {
            common
        } else {
            share(x).max(share(y))
        };
        let level = if x.known == y.known || x.word == y.word {
            Level::Exact
        } else {
            Level::Close
        };
        return (t, level, chance.min(0.5));
    }
    if x.known && y.known {
        let level = if nearly(x, y) || nearly(y, x) {
            Level::Part
        } else {
            Level::Other
        };
        return (t, level, 0.02);
    }
    if misspelt(x, y) || misspelt(y, x) || distance::is_slip(&x.word, &y.word) {
        return (t, Level::Close, share(x).max(share(y)).max(0.005));
    }
    let longer = x.word.chars().count().max(y.word.chars().count());
    let level = if distance::edits(&x.word, &y.word) * 5 <= longer * 2 {
        Level::Part
    } else {
        Level::Other
    };
    (t, level, 0.02)
}

/// Оля and Полина: one is a slip away from a short form of the other, and a name itself.
fn nearly(short: &Given, name: &Given) -> bool {
    let letters = short.word.chars().count();
    let near = |form: &str| form.chars().count() >= 4 && distance::within(&short.word, form, 1);
    letters >= 3 && (near(&name.word) || name.names.iter().any(|n| given_names::forms_of(n).any(near)))
}

/// Whether a word no dictionary knows is a form of the other name with a slip, or two in a long one. It may be near
/// another name too.
fn misspelt(odd: &Given, name: &Given) -> bool {
    if odd.known {
        return false;
    }
    let letters = odd.word.chars().count();
    let allowed = match letters {
        0..=2 => return false,
        3..=5 => 1,
        _ => 2,
    };
    let near = |form: &str| form.chars().count() >= 3 && distance::within(&odd.word, form, allowed);
    near(&name.word)
        || name
            .names
            .iter()
            .any(|n| near(n) || given_names::forms_of(n).any(near))
}

/// Whether a name, in any of its readings, begins with a letter.
pub(super) fn begins(name: &Given, initial: Option<char>) -> bool {
    same_initial(name.initial, initial) || name.names.iter().any(|n| n.chars().next() == initial)
}

/// One letter, or two that one Latin letter stands for: J. is Жанна, Юлия or Яна; U. is Ульяна or Юрий.
fn same_initial(x: Option<char>, y: Option<char>) -> bool {
    let (Some(p), Some(q)) = (x, y) else { return false };
    let latin = |p: char, q: char| match p {
        'й' => matches!(q, 'ж' | 'ю' | 'я' | 'е' | 'и'),
        'у' => q == 'ю',
        _ => false,
    };
    p == q || latin(p, q) || latin(q, p)
}
