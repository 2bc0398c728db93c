//! Phones and e-mail.

use std::sync::Arc;

use super::{Comparison, Rarity, SharedDays};
use crate::engine::keys::tail;
use crate::engine::profile::{Profile, Said};
use crate::engine::traits::{Level, Trait};
use crate::normalise::email::is_free_provider;
use crate::text::distance;

/// Answers when each side held the number they share.
pub(super) fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) -> SharedDays {
    emails(a, b, rarity, c);
    documents(a, b, c);
    phones(a, b, rarity, c)
}

/// Exact: one number. Close: a slip.
fn documents(a: &Profile, b: &Profile, c: &mut Comparison) {
    for x in a.documents.iter().map(|s| &*s.value) {
        for y in b.documents.iter().map(|s| &*s.value) {
            let level = if x == y {
                Level::Exact
            } else if distance::within(x, y, 1) {
                Level::Close
            } else {
                Level::Other
            };
            c.set(Trait::Document, level, 1e-7);
        }
    }
}

/// Exact: the same number. Close: one digit wrong, missing, or two exchanged. Other: no number in common.
fn phones(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) -> SharedDays {
    let mut best = None;
    let named = c
        .get(Trait::Surname)
        .is_some_and(|(level, _)| level != Level::Other);
    for held in &a.phones {
        for other in &b.phones {
            let (x, y) = (&*held.value, &*other.value);
            // In a crowd a number says something of those only who have more of a name in common.
            if !named && (rarity.is_crowded(x) || rarity.is_crowded(y)) {
                continue;
            }
            let level = if x == y {
                Level::Exact
            } else if near(x, y) {
                Level::Close
            } else {
                Level::Other
            };
            let chance = rarity.shared("phone_tail", tail(x, 7), 2e-9).min(rarity.shared(
                "phone_tail",
                tail(y, 7),
                2e-9,
            ));
            if best.is_none_or(|(l, p, _)| level < l || (level == l && chance < p)) {
                best = Some((level, chance, held.days.zip(other.days)));
            }
        }
    }
    let mut tails = None;
    for (x, y) in [(a, b), (b, a)] {
        for held in &x.phone_tails {
            for other in y.phones.iter().chain(&y.phone_tails) {
                let (short, long) = (&*held.value, &*other.value);
                // A number of few digits is every town's.
                if short.len() < 7 && !same_town(a, b) {
                    continue;
                }
                let level = if long.ends_with(short) || short.ends_with(long) {
                    Level::Exact
                } else if distance::edits(short, tail(long, short.len())) == 1 {
                    Level::Close
                } else {
                    Level::Other
                };
                let usual = match short.len() {
                    7.. => 1e-6,
                    6 => 1e-5,
                    _ => 1e-4,
                };
                let chance = rarity.shared("phone_tail", tail(short, 7), usual);
                if tails.is_none_or(|(l, p, _)| level < l || level == l && chance < p) {
                    tails = Some((level, chance, held.days.zip(other.days)));
                }
            }
        }
    }
    let agrees = |l: Level| matches!(l, Level::Exact | Level::Close);
    // A whole number that agrees says all; a city number speaks where no whole one agrees.
    let (t, (level, chance, days)) = match (best, tails) {
        (Some(whole), _) if agrees(whole.0) => (Trait::Phone, whole),
        (_, Some(tail)) if agrees(tail.0) => (Trait::PhoneTail, tail),
        (Some(whole), _) => (Trait::Phone, whole),
        _ => return None,
    };
    c.set(t, level, chance);
    days.filter(|_| agrees(level))
}

/// Whether both were met in one branch or live in one town; who is of no known place may be of any.
fn same_town(a: &Profile, b: &Profile) -> bool {
    let meet =
        |x: &[Said<Arc<str>>], y: &[Said<Arc<str>>]| x.iter().any(|x| y.iter().any(|y| x.value == y.value));
    let nowhere = |p: &Profile| p.branches.is_empty() && p.cities.is_empty();
    nowhere(a) || nowhere(b) || meet(&a.branches, &b.branches) || meet(&a.cities, &b.cities)
}

/// One edit apart, or one digit missing at the end.
fn near(x: &str, y: &str) -> bool {
    let national = |p: &str| p.strip_prefix("+7").unwrap_or_else(|| tail(p, 10)).to_owned();
    let (x, y) = (&*national(x), &*national(y));
    x.len().abs_diff(y.len()) <= 1
        && (x.get(..4) == y.get(..4) || tail(x, 4) == tail(y, 4))
        && distance::within(x, y, 1)
}

/// Exact: one mailbox. Close: a slip in the name or the domain. Part: mailboxes of one office. Other: no mailbox in common.
fn emails(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    for x in a.emails.iter().map(|s| &*s.value) {
        for y in b.emails.iter().map(|s| &*s.value) {
            let chance = rarity
                .shared("email", x, 1e-8)
                .min(rarity.shared("email", y, 1e-8));
            let level = if x == y {
                Level::Exact
            } else if slip(x, y) {
                Level::Close
            } else if same_office(x, y) {
                Level::Part
            } else {
                Level::Other
            };
            c.set(Trait::Email, level, chance);
        }
    }
}

fn same_office(x: &str, y: &str) -> bool {
    let domain = |m: &str| m.split_once('@').map(|(_, d)| d.to_owned());
    domain(x).is_some_and(|d| !is_free_provider(&d) && domain(y).is_some_and(|e| d == e))
}

fn slip(x: &str, y: &str) -> bool {
    let (Some((lx, dx)), Some((ly, dy))) = (x.split_once('@'), y.split_once('@')) else {
        return false;
    };
    let long_enough = lx.len().min(ly.len()) >= 5;
    long_enough && (lx == ly && distance::within(dx, dy, 2) || dx == dy && distance::within(lx, ly, 1))
}
