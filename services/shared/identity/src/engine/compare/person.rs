//! Who a person is: surname, given name, patronymic, gender, date of birth.

use chrono::{Datelike, NaiveDate};

use super::given::{begins, givens};
use super::{Comparison, Conflict, Rarity};
use crate::engine::profile::{Given, Patronymic, Profile, Surname};
use crate::engine::traits::{Level, Trait};
use crate::normalise::name_roles::surname_stem;
use crate::normalise::{Gender, patronymics};
use crate::text::distance;

pub(super) fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    if are_swapped(a, b) {
        c.set(Trait::Given, Level::Close, 0.01);
        c.set(Trait::Surname, Level::Close, 0.001);
        patronymics(a, b, rarity, c);
    } else if initials_exchanged(a, b) || initials_exchanged(b, a) {
        c.set(Trait::GivenInitial, Level::Close, 0.09);
        c.set(Trait::PatronymicInitial, Level::Exact, 0.09);
        surnames(a, b, rarity, c);
    } else if is_surname_of(a, b) || is_surname_of(b, a) {
        c.set(Trait::Surname, Level::Close, 0.001);
    } else {
        givens(a, b, rarity, c);
        surnames(a, b, rarity, c);
        patronymics(a, b, rarity, c);
    }
    genders(a, b, c);
    birth_dates(a, b, c);
    let one_letter = |p: &Profile| {
        let of = |g: &Given| p.patronymics.iter().any(|f| f.value.initial == g.initial);
        p.givens.iter().any(|g| of(&g.value))
    };
    c.initial_of_father = one_letter(a) || one_letter(b);
    c.named_after_father = named_after_father(a) || named_after_father(b);
    c.another_man = is_man(a) && is_man(b) && c.get(Trait::Surname).is_some_and(|(l, _)| l == Level::Other);
    c.another_generation = c.get(Trait::BirthDate).is_some_and(|(l, _)| l == Level::Other)
        && a.birth_dates.iter().all(|x| {
            let mut years = b
                .birth_dates
                .iter()
                .map(|y| (x.value.year() - y.value.year()).abs());
            years.all(|years| years >= GENERATION)
        });
}

/// Years between a father and his son, at the least.
const GENERATION: i32 = 15;

fn is_man(p: &Profile) -> bool {
    p.gender() == Some((Gender::Male, true))
}

/// Иван Иванович, or И.И., which may be read so.
fn named_after_father(p: &Profile) -> bool {
    p.patronymics.iter().map(|s| &s.value).any(|father| {
        p.givens.iter().map(|s| &s.value).any(|given| {
            if father.stem.is_empty() {
                given.initial == father.initial
            } else {
                let head: String = father.stem.chars().take(4).collect();
                given.names.iter().any(|n| n.starts_with(&head))
                    || given.word.is_empty() && given.initial == father.initial
            }
        })
    })
}

/// Surname and given name stand in each other's place.
fn are_swapped(a: &Profile, b: &Profile) -> bool {
    let words = |p: &Profile| {
        Some((
            p.surnames.first()?.value.stem.clone(),
            surname_stem(&p.givens.first()?.value.word),
        ))
    };
    let (Some((s, g)), Some((t, h))) = (words(a), words(b)) else {
        return false;
    };
    let one = |p: &str, q: &str| p == q || distance::is_slip(p, q);
    !g.is_empty() && !h.is_empty() && one(&s, &h) && one(&t, &g) && !one(&s, &t)
}

/// All that one says of a name is a word no dictionary knows, and it is the other's surname with a slip in its ending.
fn is_surname_of(short: &Profile, long: &Profile) -> bool {
    let [given] = short.givens.as_slice() else {
        return false;
    };
    let alone = short.surnames.is_empty() && short.patronymics.is_empty();
    let stem = surname_stem(&given.value.word);
    let near = |s: &Surname| stem == s.stem.as_ref() || distance::is_slip(&stem, &s.stem);
    alone && !given.value.known && !stem.is_empty() && long.surnames.iter().any(|s| near(&s.value))
}

/// `Иванова П.М.` for Мария Петровна: the two initials stand in each other's place.
fn initials_exchanged(short: &Profile, long: &Profile) -> bool {
    let ([given], [father]) = (short.givens.as_slice(), short.patronymics.as_slice()) else {
        return false;
    };
    let bare = given.value.word.is_empty() && father.value.stem.is_empty();
    // Of two pairs of bare initials neither says which is the right order: a father's are his son's exchanged.
    let full = |g: &Given| !g.word.is_empty();
    let straight = long.givens.iter().any(|g| begins(&g.value, given.value.initial));
    let crossed = long
        .givens
        .iter()
        .any(|g| full(&g.value) && begins(&g.value, father.value.initial));
    let fathers = long
        .patronymics
        .iter()
        .any(|f| f.value.initial == given.value.initial);
    bare && !straight && crossed && fathers
}

/// How often each level was seen, weighed by the records that say so.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) agree: u32,
    pub(super) against: u32,
}

fn patronymics(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    let mut tally = Tally::default();
    for x in &a.patronymics {
        for y in &b.patronymics {
            let (t, level, chance) = patronymic(&x.value, &y.value, rarity);
            match level {
                Level::Other => tally.against += x.times.max(y.times),
                _ => tally.agree += x.times.max(y.times),
            }
            c.set(t, level, chance);
        }
    }
    let full = c.get(Trait::Patronymic);
    if full.is_some_and(|(l, _)| l <= Level::Close) {
        c.clear(Trait::PatronymicInitial);
    } else if c
        .get(Trait::PatronymicInitial)
        .is_some_and(|(l, _)| l <= Level::Close)
        && full.is_none()
    {
        c.clear(Trait::Patronymic);
    }
    if tally.against > tally.agree && full.is_some() {
        c.clear(Trait::Patronymic);
        c.set(Trait::Patronymic, Level::Other, 0.0);
    }
}

/// Exact: one father. Close: a slip or the same sound.
fn patronymic(x: &Patronymic, y: &Patronymic, rarity: &Rarity<'_>) -> (Trait, Level, f64) {
    if x.stem.is_empty() || y.stem.is_empty() {
        let level = if x.initial == y.initial {
            Level::Exact
        } else {
            Level::Other
        };
        return (Trait::PatronymicInitial, level, 0.09);
    }
    let share = |p: &Patronymic| rarity.share("patronymic", &p.stem, 0.45, 1e-3);
    let chance = share(x).max(share(y));
    let level = if x.stem == y.stem {
        Level::Exact
    } else if x.sound == y.sound
        || distance::is_slip(&x.stem, &y.stem)
        || same_beginning(&x.stem, &y.stem)
        || odd(&x.stem, &y.stem)
    {
        Level::Close
    } else {
        Level::Other
    };
    (Trait::Patronymic, level, chance)
}

/// `р` for `юр`: too short to be a slip by itself, but no father's name.
fn odd(p: &str, q: &str) -> bool {
    distance::within(p, q, 1) && !(patronymics::is_known(p) && patronymics::is_known(q))
}

/// A mistyped ending keeps a part of itself in the stem: `валер`, `валерьевпа`.
fn same_beginning(p: &str, q: &str) -> bool {
    let shorter = p.chars().count().min(q.chars().count());
    let head = |s: &str| s.chars().take(shorter).collect::<String>();
    shorter >= 4 && (head(p) == head(q) || (shorter >= 5 && distance::within(&head(p), &head(q), 1)))
}

/// Exact: one stem. Close: one sound, or a slip. Part: one half of a double name.
fn surnames(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    let female = |p: &Profile| p.gender().is_some_and(|(g, _)| g == Gender::Female);
    let t = if female(a) && female(b) {
        Trait::SurnameWoman
    } else {
        Trait::Surname
    };
    for x in a.surnames.iter().map(|s| &s.value) {
        for y in b.surnames.iter().map(|s| &s.value) {
            let share = |s: &Surname| rarity.share("surname", &s.stem, 0.7, 1e-4);
            let chance = share(x).max(share(y));
            let part_of = |p: &str, q: &str| p.contains('-') && p.split('-').any(|s| s == q);
            let level = if x.stem == y.stem {
                Level::Exact
            } else if x.sound == y.sound || distance::is_slip(&x.stem, &y.stem) {
                Level::Close
            } else if part_of(&x.stem, &y.stem) || part_of(&y.stem, &x.stem) {
                Level::Part
            } else {
                Level::Other
            };
            c.set(t, level, chance);
        }
    }
}

fn genders(a: &Profile, b: &Profile, c: &mut Comparison) {
    let (Some((x, by_name_x)), Some((y, by_name_y))) = (a.gender(), b.gender()) else {
        return;
    };
    let named = [Trait::Given, Trait::GivenShort]
        .into_iter()
        .any(|t| c.get(t).is_some());
    if x != y && by_name_x && by_name_y {
        c.oppose(Conflict::Gender);
    }
    if !named || x != y {
        let level = if x == y { Level::Exact } else { Level::Other };
        c.set(Trait::Gender, level, 0.5);
    }
}

/// Exact: one day. Close: a digit apart, or day and month exchanged. Part: of day, month and year two are the same.
fn birth_dates(a: &Profile, b: &Profile, c: &mut Comparison) {
    let mut tally = Tally::default();
    for x in &a.birth_dates {
        for y in &b.birth_dates {
            let level = date_level(x.value, y.value);
            match level {
                Level::Other => tally.against += x.times.max(y.times),
                _ => tally.agree += x.times.max(y.times),
            }
            c.set(Trait::BirthDate, level, 1.0 / 18_000.0);
        }
    }
    if tally.against > tally.agree {
        c.clear(Trait::BirthDate);
        c.set(Trait::BirthDate, Level::Other, 0.0);
    }
}

fn date_level(x: NaiveDate, y: NaiveDate) -> Level {
    if x == y {
        return Level::Exact;
    }
    let swapped = x.year() == y.year() && x.month() == y.day() && x.day() == y.month();
    let digits = |d: NaiveDate| d.format("%Y%m%d").to_string();
    let alike = [x.year() == y.year(), x.month() == y.month(), x.day() == y.day()];
    if swapped || distance::within(&digits(x), &digits(y), 1) || (x - y).num_days().abs() <= 1 {
        Level::Close
    } else if alike.into_iter().filter(|same| *same).count() == 2 {
        Level::Part
    } else {
        Level::Other
    }
}
