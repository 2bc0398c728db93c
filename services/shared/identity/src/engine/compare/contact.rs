//! Phones and e-mail.

use super::{Comparison, Rarity};
use crate::engine::keys::tail;
use crate::engine::profile::Profile;
use crate::engine::traits::{Level, Trait};
use crate::normalise::email::is_free_provider;
use crate::text::distance;

pub(super) fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    phones(a, b, rarity, c);
    emails(a, b, rarity, c);
    documents(a, b, c);
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
fn phones(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    let mut best = None;
    for x in a.phones.iter().map(|s| &*s.value) {
        for y in b.phones.iter().map(|s| &*s.value) {
            let level = if x == y {
                Level::Exact
            } else if near(x, y) {
                Level::Close
            } else {
                Level::Other
            };
            let chance = rarity
                .shared("phone", x, 2e-9)
                .min(rarity.shared("phone", y, 2e-9));
            if best.is_none_or(|(l, p)| level < l || (level == l && chance < p)) {
                best = Some((level, chance));
            }
        }
    }
    let mut tails = None;
    for (x, y) in [(a, b), (b, a)] {
        for short in x.phone_tails.iter().map(|s| &*s.value) {
            let full = y.phones.iter().map(|s| &*s.value);
            let other = y.phone_tails.iter().map(|s| &*s.value);
            for long in full.chain(other) {
                let level = if long.ends_with(short) || short.ends_with(long) {
                    Level::Exact
                } else if distance::edits(short, tail(long, short.len())) == 1 {
                    Level::Close
                } else {
                    Level::Other
                };
                let chance = rarity.shared("phone_tail", tail(short, 7), 1e-6);
                if tails.is_none_or(|(l, p)| level < l || level == l && chance < p) {
                    tails = Some((level, chance));
                }
            }
        }
    }
    match (best, tails) {
        // A whole number that agrees says all; a city number speaks where no whole one agrees.
        (Some((level @ (Level::Exact | Level::Close), chance)), _) => c.set(Trait::Phone, level, chance),
        (_, Some((level @ (Level::Exact | Level::Close), chance))) => c.set(Trait::PhoneTail, level, chance),
        (Some((level, chance)), _) => c.set(Trait::Phone, level, chance),
        _ => {}
    }
}

/// One edit apart, or one digit missing at the end.
fn near(x: &str, y: &str) -> bool {
    let (x, y) = (tail(x, 10), tail(y, 10));
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
