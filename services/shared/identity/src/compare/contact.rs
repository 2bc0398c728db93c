//! How a client is reached and what they drive. A household or a buyer of the same car shares these.

use super::{Evidence, Field, Outcome};
use crate::keys::{VIN_TAIL, tail};
use crate::normalise::vin::Vin;
use crate::record::Normalised;
use crate::stats::Context;
use crate::text::distance;

pub(super) fn compare(a: &Normalised, b: &Normalised, ctx: &Context<'_>, out: &mut Vec<Evidence>) {
    out.extend(phone(a, b, ctx).or_else(|| phone_tail(a, b, ctx)));
    out.extend(email(a, b, ctx));
    out.extend(vin(a, b, ctx));
    out.extend(plate(a, b, ctx));
    out.extend(address(a, b, ctx));
}

/// The weightiest of all pairs.
fn best(found: impl Iterator<Item = Evidence>) -> Option<Evidence> {
    found.max_by(|p, q| p.bits.total_cmp(&q.bits))
}

fn phone(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Option<Evidence> {
    let pairs = a.phones.iter().flat_map(|x| b.phones.iter().map(move |y| (x, y)));
    best(pairs.filter_map(|(x, y)| {
        let bits = || {
            ctx.shared("phone", &x.e164, 0.8)
                .min(ctx.shared("phone", &y.e164, 0.8))
        };
        if x.e164 == y.e164 {
            Some(Evidence::new(
                Field::Phone,
                Outcome::Exact,
                bits(),
                &x.e164,
                &y.e164,
            ))
        } else if x.e164.len() == y.e164.len() && distance::edits(&x.e164, &y.e164) == 1 {
            Some(Evidence::new(
                Field::Phone,
                Outcome::Close,
                bits().min(7.0),
                &x.e164,
                &y.e164,
            ))
        } else {
            None
        }
    }))
}

/// A city number without its code against a full one, or two of them.
fn phone_tail(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Option<Evidence> {
    let meets = |x: &Normalised, y: &Normalised| {
        x.phone_tails.iter().find_map(|t| {
            let full = y.phones.iter().map(|p| &p.e164).find(|p| tail(p, t.len()) == t);
            let other = full.or_else(|| y.phone_tails.iter().find(|u| *u == t))?;
            Some((t.clone(), other.clone()))
        })
    };
    let flipped = meets(b, a).map(|(l, r)| (r, l));
    best(meets(a, b).into_iter().chain(flipped).map(|(left, right)| {
        let shorter = if left.len() < right.len() { &left } else { &right };
        let bits = ctx.shared("phone_tail", tail(shorter, 7), 0.5) - 3.0;
        Evidence::new(Field::PhoneTail, Outcome::Compatible, bits, &left, &right)
    }))
}

fn email(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Option<Evidence> {
    let pairs = a.emails.iter().flat_map(|x| b.emails.iter().map(move |y| (x, y)));
    best(pairs.filter(|(x, y)| x.match_key == y.match_key).map(|(x, y)| {
        let bits = ctx.shared("email", &x.match_key, 0.8) + if x.role_account { -3.0 } else { 2.0 };
        let outcome = if x.role_account {
            Outcome::Compatible
        } else {
            Outcome::Exact
        };
        Evidence::new(Field::Email, outcome, bits, &x.address, &y.address)
    }))
}

fn vin(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Option<Evidence> {
    let of = |n: &Normalised| {
        n.vehicles
            .iter()
            .filter_map(|v| v.vin.clone())
            .collect::<Vec<Vin>>()
    };
    let (left, right) = (of(a), of(b));
    let pairs = left.iter().flat_map(|x| right.iter().map(move |y| (x, y)));
    best(pairs.filter_map(|(x, y)| {
        // Cars are sold on, so the same car is a little less than the same phone.
        let bits = ctx
            .shared("vin", &x.value, 0.8)
            .min(ctx.shared("vin", &y.value, 0.8))
            - 1.0;
        let shorter = x.value.len().min(y.value.len());
        if x.value == y.value && !x.partial {
            Some(Evidence::new(
                Field::Vin,
                Outcome::Exact,
                bits,
                &x.value,
                &y.value,
            ))
        } else if (x.partial || y.partial) && shorter >= VIN_TAIL && x.tail(shorter) == y.tail(shorter) {
            Some(Evidence::new(
                Field::Vin,
                Outcome::Compatible,
                bits - 3.0,
                &x.value,
                &y.value,
            ))
        } else if !x.partial && !y.partial && distance::edits(&x.value, &y.value) == 1 {
            Some(Evidence::new(
                Field::Vin,
                Outcome::Close,
                bits - 2.0,
                &x.value,
                &y.value,
            ))
        } else {
            None
        }
    }))
}

fn plate(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Option<Evidence> {
    let of = |n: &Normalised| {
        n.vehicles
            .iter()
            .filter_map(|v| v.plate.clone())
            .collect::<Vec<_>>()
    };
    let (left, right) = (of(a), of(b));
    let pairs = left.iter().flat_map(|x| right.iter().map(move |y| (x, y)));
    best(pairs.filter(|(x, y)| x.value == y.value).map(|(x, y)| {
        let whole = x.region.is_some() || !x.standard;
        let bits = ctx.shared("plate", &x.value, 0.8) - if whole { 1.0 } else { 5.0 };
        let outcome = if whole {
            Outcome::Exact
        } else {
            Outcome::Compatible
        };
        Evidence::new(Field::Plate, outcome, bits, &x.display, &y.display)
    }))
}

fn address(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Option<Evidence> {
    let (x, y) = (a.address.as_ref()?, b.address.as_ref()?);
    if x.street != y.street || x.house != y.house || x.house.is_empty() {
        return None;
    }
    let evidence = |o, bits| Some(Evidence::new(Field::Address, o, bits, &x.display, &y.display));
    if !x.flat.is_empty() && x.flat == y.flat {
        let key = format!("{}|{}|{}", x.street, x.house, x.flat);
        evidence(Outcome::Exact, ctx.shared("address", &key, 0.7))
    } else if x.flat.is_empty() || y.flat.is_empty() {
        evidence(Outcome::Compatible, 6.0)
    } else {
        None
    }
}
