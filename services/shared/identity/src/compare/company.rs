//! Companies: one INN is one legal entity, another INN is another.

use super::{Evidence, Field, Outcome};
use crate::record::Normalised;
use crate::stats::Context;
use crate::text::distance;

/// What a company name of several words adds when the same branch heard it twice.
const TELLING: f64 = 4.0;

pub(super) fn compare(a: &Normalised, b: &Normalised, ctx: &Context<'_>, out: &mut Vec<Evidence>) {
    out.extend(inn(a, b));
    out.extend(name(a, b, ctx));
}

fn inn(a: &Normalised, b: &Normalised) -> Option<Evidence> {
    let (x, y) = (a.inn.as_ref()?, b.inn.as_ref()?);
    let evidence = |o, bits| Some(Evidence::new(Field::Inn, o, bits, &x.value, &y.value));
    if x.value == y.value {
        evidence(Outcome::Exact, if x.checksum_ok { 24.0 } else { 14.0 })
    } else if !(x.checksum_ok && y.checksum_ok) && distance::edits(&x.value, &y.value) == 1 {
        // One of them is mistyped; a human decides which, so this never links by itself.
        evidence(Outcome::Close, 4.0)
    } else {
        evidence(Outcome::Contradicts, -30.0)
    }
}

fn name(a: &Normalised, b: &Normalised, ctx: &Context<'_>) -> Option<Evidence> {
    let (x, y) = (a.company.as_ref()?, b.company.as_ref()?);
    if x.sole_proprietor || y.sole_proprietor {
        // A trader's name is a person's and is compared as such.
        return None;
    }
    let evidence = |o, bits| Some(Evidence::new(Field::Company, o, bits, &x.core, &y.core));
    let bits = ctx
        .shared("company", &x.sound, 0.8)
        .min(ctx.shared("company", &y.sound, 0.8));
    if x.core == y.core {
        // A name of several words is rarely given twice in one town; Ромашка is.
        let near = a.branch.is_some() && a.branch == b.branch;
        let telling = near && x.core.contains(' ') && x.form == y.form;
        return if telling {
            evidence(Outcome::Exact, bits + TELLING)
        } else {
            evidence(Outcome::Compatible, bits)
        };
    }
    if x.sound == y.sound {
        return evidence(Outcome::Close, bits - 1.0);
    }
    let (p, q): (Vec<&str>, Vec<&str>) = (x.core.split(' ').collect(), y.core.split(' ').collect());
    let spelled_alike = |(l, r): (&&str, &&str)| l == r || distance::is_slip(l, r);
    if p.concat() == q.concat() || (p.len() == q.len() && p.iter().zip(&q).all(spelled_alike)) {
        return evidence(Outcome::Close, bits - 2.0);
    }
    let within = |few: &[&str], many: &[&str]| few.iter().all(|w| many.contains(w));
    // Алмаз and Алмаз Авто may be one, or a holding that shares phone and address: ask.
    let part = within(&p, &q) || within(&q, &p);
    evidence(Outcome::Different, if part { -1.0 } else { -8.0 })
}
