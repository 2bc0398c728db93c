//! Vehicles: VIN, plate and model are one piece of evidence, the best that can be compared.

use super::{Comparison, Rarity};
use crate::engine::keys::tail;
use crate::engine::profile::{PlateSaid, Profile, VinSaid};
use crate::engine::traits::{Level, Trait};
use crate::text::distance;

/// Characters of a plate before the region.
const BODY: usize = 6;

pub(super) fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    let vin = vins(a, b, rarity);
    let plate = plates(a, b, rarity);
    let agrees = |l: Level| matches!(l, Level::Exact | Level::Close);
    match (vin, plate) {
        (Some((t, l, p)), _) if l == Level::Exact => c.set(t, l, p),
        (_, Some((l, p))) if l == Level::Exact => c.set(Trait::Plate, l, p),
        (Some((t, l, p)), _) if agrees(l) => c.set(t, l, p),
        (_, Some((l, p))) if agrees(l) => c.set(Trait::Plate, l, p),
        (Some((t, l, p)), _) => c.set(t, l, p),
        (None, Some((l, p))) => c.set(Trait::Plate, l, p),
        (None, None) => models(a, b, rarity, c),
    }
    let shared = [
        Trait::Phone,
        Trait::PhoneTail,
        Trait::Vin,
        Trait::VinTail,
        Trait::Plate,
    ]
    .into_iter()
    .any(|t| c.get(t).is_some_and(|(l, _)| agrees(l)));
    if shared {
        gap(a, b, c);
    }
}

/// Exact: the same VIN. Close: one or two characters apart. For an incomplete one, exact: the ends agree.
fn vins(a: &Profile, b: &Profile, rarity: &Rarity<'_>) -> Option<(Trait, Level, f64)> {
    let mut best: Option<(Trait, Level, f64)> = None;
    for x in a.vins.iter().map(|s| &s.value) {
        for y in b.vins.iter().map(|s| &s.value) {
            let (t, level) = vin_level(x, y);
            let share = |v: &VinSaid| rarity.shared("vin_tail", tail(&v.value, 6), 1e-7);
            let most = if t == Trait::Vin { 1e-5 } else { 0.5 };
            let chance = share(x).max(share(y)).min(most);
            if best.is_none_or(|(_, l, _)| level < l) {
                best = Some((t, level, chance));
            }
        }
    }
    best
}

fn vin_level(x: &VinSaid, y: &VinSaid) -> (Trait, Level) {
    let t = if x.partial || y.partial {
        Trait::VinTail
    } else {
        Trait::Vin
    };
    let short = x.value.len().min(y.value.len());
    let (p, q) = (tail(&x.value, short), tail(&y.value, short));
    let level = if short < 4 {
        Level::Other
    } else if p == q {
        Level::Exact
    } else if short >= 6 && distance::within(p, q, 1)
        || !x.partial && !y.partial && distance::within(&x.value, &y.value, 2)
        || short >= 15 && distance::within(&x.value, &y.value, 2)
    {
        Level::Close
    } else {
        Level::Other
    };
    (t, level)
}

/// Exact: the same plate, regions not contradicting. Close: one character apart.
fn plates(a: &Profile, b: &Profile, rarity: &Rarity<'_>) -> Option<(Level, f64)> {
    let mut best: Option<(Level, f64)> = None;
    for x in a.plates.iter().map(|s| &s.value) {
        for y in b.plates.iter().map(|s| &s.value) {
            let level = plate_level(x, y);
            let chance = rarity
                .shared("plate", &x.value, 1e-6)
                .min(rarity.shared("plate", &y.value, 1e-6));
            if best.is_none_or(|(l, _)| level < l) {
                best = Some((level, chance));
            }
        }
    }
    best
}

fn plate_level(x: &PlateSaid, y: &PlateSaid) -> Level {
    if x.value == y.value {
        return Level::Exact;
    }
    let body = |p: &PlateSaid| p.value.get(..BODY).map(str::to_owned);
    let same_body = body(x).is_some() && body(x) == body(y);
    if same_body && x.whole != y.whole {
        return Level::Exact;
    }
    if x.value.len().min(y.value.len()) >= 8 && distance::within(&x.value, &y.value, 1) {
        return Level::Close;
    }
    Level::Other
}

/// Exact: one name holds the words of the other, `Rio` and `KIA RIO`.
fn models(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) {
    for x in a.models.iter().map(|s| &s.value) {
        for y in b.models.iter().map(|s| &s.value) {
            let (few, many) = if x.len() <= y.len() { (x, y) } else { (y, x) };
            let level = if few.iter().all(|w| many.contains(w)) {
                Level::Exact
            } else {
                Level::Other
            };
            let chance = few
                .iter()
                .map(|w| rarity.share("model", w, 0.6, 0.003))
                .fold(0.5, f64::min);
            c.set(Trait::CarModel, level, chance);
        }
    }
}

/// Exact: within a season. Close: a year. Part: three. Other: more.
fn gap(a: &Profile, b: &Profile, c: &mut Comparison) {
    let (Some(x), Some(y)) = (a.days, b.days) else {
        return;
    };
    let days = (x.0 - y.1).max(y.0 - x.1).max(0);
    let level = match days {
        0..=120 => Level::Exact,
        121..=365 => Level::Close,
        366..=1100 => Level::Part,
        _ => Level::Other,
    };
    c.set(Trait::Gap, level, 0.0);
}
