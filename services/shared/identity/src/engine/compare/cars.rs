//! Vehicles: VIN, plate and model are one piece of evidence, the best that can be compared.

use super::{Comparison, Rarity, SharedDays};
use crate::engine::keys::tail;
use crate::engine::profile::{PlateSaid, Profile, VinSaid};
use crate::engine::traits::{Level, Trait};
use crate::normalise::vin::{self, CheckDigit};
use crate::text::distance;

/// Characters of a plate before the region.
const BODY: usize = 6;
/// Digits at the end of a VIN that number the cars of one model.
const SERIAL: usize = 6;
/// Share of strangers who have cars with neighbouring numbers: cars are sold, and plates given out, in batches.
const NEIGHBOURS: f64 = 1e-3;

/// The best of some numbers against others: how well they agree, how often strangers' do, and when each was held.
type Best<L> = Option<(L, f64, SharedDays)>;

/// Answers when each side held the car they share.
pub(super) fn compare(a: &Profile, b: &Profile, rarity: &Rarity<'_>, c: &mut Comparison) -> SharedDays {
    let vin = vins(a, b, rarity);
    let mut plate = plates(a, b, rarity);
    let agrees = |l: Level| matches!(l, Level::Exact | Level::Close);
    if let (Some(((Trait::Vin, Level::Other), ..)), Some((Level::Close, ..))) = (vin, plate) {
        // Two cars by their whole VINs have neighbouring plates.
        plate = None;
    }
    let (t, level, chance, days) = match (vin, plate) {
        (Some(((t, l), p, d)), _) if l == Level::Exact => (t, l, p, d),
        (_, Some((l, p, d))) if l == Level::Exact => (Trait::Plate, l, p, d),
        (Some(((t, l), p, d)), _) if agrees(l) => (t, l, p, d),
        (_, Some((l, p, d))) if agrees(l) => (Trait::Plate, l, p, d),
        (Some(((t, l), p, d)), _) => (t, l, p, d),
        (None, Some((l, p, d))) => (Trait::Plate, l, p, d),
        (None, None) => {
            models(a, b, rarity, c);
            return None;
        }
    };
    c.set(t, level, chance);
    days.filter(|_| agrees(level))
}

/// Exact: the same VIN. Close: one or two characters apart. For an incomplete one, exact: the ends agree.
fn vins(a: &Profile, b: &Profile, rarity: &Rarity<'_>) -> Best<(Trait, Level)> {
    let mut best: Best<(Trait, Level)> = None;
    for x in &a.vins {
        for y in &b.vins {
            let (t, mut level) = vin_level(&x.value, &y.value);
            let share = |v: &VinSaid| rarity.shared("vin_tail", tail(&v.value, SERIAL), 1e-7);
            let most = if t == Trait::Vin { 1e-5 } else { 0.5 };
            let mut chance = share(&x.value).max(share(&y.value)).min(most);
            if level == Level::Close {
                match neighbours(&x.value, &y.value) {
                    Some(true) => level = Level::Other,
                    Some(false) => chance = chance.max(NEIGHBOURS),
                    None => {}
                }
            }
            if best.is_none_or(|((_, l), ..)| level < l) {
                best = Some(((t, level), chance, x.days.zip(y.days)));
            }
        }
    }
    best
}

/// Whether two VINs that nearly agree are two cars of one batch: surely if both check digits are right, or if more than
/// one digit of the serial number differs and nothing else; maybe if one does. `None` for a slip: elsewhere, or shown by
/// one of the check digits.
fn neighbours(x: &VinSaid, y: &VinSaid) -> Option<bool> {
    use CheckDigit::{Invalid, Valid};
    let whole = !x.partial && !y.partial;
    match (whole, vin::check_digit(&x.value), vin::check_digit(&y.value)) {
        (true, Valid, Valid) => return Some(true),
        (true, Valid, Invalid) | (true, Invalid, Valid) => return None,
        _ => {}
    }
    let common = x.value.len().min(y.value.len()).checked_sub(SERIAL)?;
    let (p, q) = (tail(&x.value, SERIAL), tail(&y.value, SERIAL));
    let numbers = p.bytes().chain(q.bytes()).all(|c| c.is_ascii_digit());
    let before = |v: &VinSaid| tail(&v.value, SERIAL + common).get(..common).map(str::to_owned);
    if p == q || !numbers || before(x) != before(y) {
        return None;
    }
    Some(whole && !distance::within(p, q, 1))
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
fn plates(a: &Profile, b: &Profile, rarity: &Rarity<'_>) -> Best<Level> {
    let mut best: Best<Level> = None;
    for x in &a.plates {
        for y in &b.plates {
            let level = plate_level(&x.value, &y.value);
            let mut chance = rarity.shared("plate", &x.value.value, 1e-6).min(rarity.shared(
                "plate",
                &y.value.value,
                1e-6,
            ));
            if level == Level::Close {
                chance = chance.max(NEIGHBOURS);
            }
            if best.is_none_or(|(l, ..)| level < l) {
                best = Some((level, chance, x.days.zip(y.days)));
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
