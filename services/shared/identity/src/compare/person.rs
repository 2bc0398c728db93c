//! Who a person is: given name, patronymic, surname, gender, date of birth.

use chrono::{Datelike, NaiveDate};

use super::{Evidence, Field, Outcome};
use crate::normalise::name::NameMatch;
use crate::normalise::{Gender, given_names};
use crate::record::Normalised;
use crate::stats::Context;
use crate::text::{distance, phonetic};

pub(super) fn compare(a: &Normalised, b: &Normalised, ctx: &Context<'_>, out: &mut Vec<Evidence>) {
    let (x, y) = (&a.name_match, &b.name_match);
    out.extend(given(x, y, ctx));
    out.extend(patronymic(x, y));
    let women = a.gender == Some(Gender::Female) && b.gender == Some(Gender::Female);
    out.extend(surname(x, y, women, ctx));
    out.extend(gender(a, b));
    out.extend(birth_date(a.birth_date, b.birth_date));
}

fn given(x: &NameMatch, y: &NameMatch, ctx: &Context<'_>) -> Option<Evidence> {
    let evidence = |outcome, bits| Some(Evidence::new(Field::Given, outcome, bits, &said(x), &said(y)));
    if x.given.is_empty() || y.given.is_empty() {
        let (i, j) = (x.given_initial?, y.given_initial?);
        // `Саша` and `А.`: the initial is of the full name.
        let meets = |n: &NameMatch, c: char| n.given_names.iter().any(|g| g.starts_with(c));
        return if i == j || meets(x, j) || meets(y, i) {
            evidence(Outcome::Compatible, 3.0)
        } else {
            evidence(Outcome::Contradicts, -6.0)
        };
    }
    let common = || x.given_names.intersection(&y.given_names);
    if common().next().is_some() {
        let bits = ctx.given(common());
        let exact = x.given == y.given || (x.given_names.len() == 1 && x.given_names == y.given_names);
        return if exact {
            evidence(Outcome::Exact, bits)
        } else {
            evidence(Outcome::Compatible, bits - 0.5)
        };
    }
    if x.given_known && y.given_known {
        return evidence(Outcome::Contradicts, -12.0);
    }
    let slip = |p: &str, q: &str| distance::is_slip(p, q) || phonetic::key(p) == phonetic::key(q);
    let forms = |n: &NameMatch| {
        n.given_names
            .iter()
            .cloned()
            .chain([n.given.clone()])
            .collect::<Vec<_>>()
    };
    if forms(x).iter().any(|p| forms(y).iter().any(|q| slip(p, q))) {
        let bits = ctx
            .given(x.given_names.iter())
            .min(ctx.given(y.given_names.iter()));
        return evidence(Outcome::Close, bits - 1.0);
    }
    if slip_of_a_form(x, y) || slip_of_a_form(y, x) {
        return evidence(
            Outcome::Close,
            ctx.given(x.given_names.iter())
                .min(ctx.given(y.given_names.iter()))
                - 2.0,
        );
    }
    let longer = x.given.chars().count().max(y.given.chars().count());
    if distance::edits(&x.given, &y.given) * 5 <= longer * 2 {
        evidence(Outcome::Different, -4.0)
    } else {
        evidence(Outcome::Contradicts, -12.0)
    }
}

/// `каатя` is one letter from a short form of Екатерина.
fn slip_of_a_form(odd: &NameMatch, known: &NameMatch) -> bool {
    let near = |form: &str| form.chars().count() >= 4 && distance::edits(&odd.given, form) == 1;
    !odd.given_known
        && known.given_known
        && known
            .given_names
            .iter()
            .any(|n| given_names::forms_of(n).any(near))
}

fn said(n: &NameMatch) -> String {
    match n.given_initial {
        Some(c) if n.given.is_empty() => format!("{c}."),
        _ => n.given.clone(),
    }
}

fn patronymic(x: &NameMatch, y: &NameMatch) -> Option<Evidence> {
    let evidence = |outcome, bits| {
        Some(Evidence::new(
            Field::Patronymic,
            outcome,
            bits,
            &x.patronymic,
            &y.patronymic,
        ))
    };
    if x.patronymic.is_empty() || y.patronymic.is_empty() {
        let (i, j) = (x.patronymic_initial?, y.patronymic_initial?);
        return if i == j {
            evidence(Outcome::Compatible, 2.5)
        } else {
            evidence(Outcome::Different, -5.0)
        };
    }
    if x.patronymic == y.patronymic || x.patronymic_sound == y.patronymic_sound {
        evidence(Outcome::Exact, 5.0)
    } else if distance::is_slip(&x.patronymic, &y.patronymic) || same_beginning(&x.patronymic, &y.patronymic)
    {
        evidence(Outcome::Close, 3.5)
    } else {
        evidence(Outcome::Different, -8.0)
    }
}

/// A mistyped ending keeps a part of itself in the stem: `валер`, `валерьевпа`.
fn same_beginning(p: &str, q: &str) -> bool {
    let shorter = p.chars().count().min(q.chars().count());
    let head = |s: &str| s.chars().take(shorter).collect::<String>();
    shorter >= 4 && (head(p) == head(q) || (shorter >= 5 && distance::edits(&head(p), &head(q)) == 1))
}

fn surname(x: &NameMatch, y: &NameMatch, women: bool, ctx: &Context<'_>) -> Option<Evidence> {
    if x.surname.is_empty() || y.surname.is_empty() {
        return None;
    }
    let evidence = |outcome, bits| {
        Some(Evidence::new(
            Field::Surname,
            outcome,
            bits,
            &x.surname,
            &y.surname,
        ))
    };
    let bits = ctx.surname(&x.surname).min(ctx.surname(&y.surname));
    let part_of = |p: &str, q: &str| p.contains('-') && p.split('-').any(|s| s == q);
    if x.surname == y.surname {
        evidence(Outcome::Exact, bits)
    } else if x.surname_sound == y.surname_sound {
        evidence(Outcome::Close, bits - 1.0)
    } else if distance::is_slip(&x.surname, &y.surname) {
        evidence(Outcome::Close, bits - 2.5)
    } else if part_of(&x.surname, &y.surname) || part_of(&y.surname, &x.surname) {
        evidence(Outcome::Compatible, bits - 2.0)
    } else if women {
        // Women marry.
        evidence(Outcome::Different, -2.5)
    } else {
        evidence(Outcome::Different, -6.0)
    }
}

fn gender(a: &Normalised, b: &Normalised) -> Option<Evidence> {
    let (x, y) = (a.gender?, b.gender?);
    let word = |g| if g == Gender::Male { "male" } else { "female" };
    let (outcome, bits) = match (x == y, a.gender_by_name && b.gender_by_name) {
        (true, _) => (Outcome::Exact, 0.3),
        (false, true) => (Outcome::Contradicts, -10.0),
        (false, false) => (Outcome::Different, -3.0),
    };
    Some(Evidence::new(Field::Gender, outcome, bits, word(x), word(y)))
}

fn birth_date(x: Option<NaiveDate>, y: Option<NaiveDate>) -> Option<Evidence> {
    let (x, y) = (x?, y?);
    let evidence = |o, bits| {
        Some(Evidence::new(
            Field::BirthDate,
            o,
            bits,
            &x.to_string(),
            &y.to_string(),
        ))
    };
    if x == y {
        // January the first is often made up.
        return evidence(
            Outcome::Exact,
            if x.month() == 1 && x.day() == 1 { 8.0 } else { 13.0 },
        );
    }
    let swapped = x.year() == y.year() && x.month() == y.day() && x.day() == y.month();
    let digits = |d: NaiveDate| d.format("%Y%m%d").to_string();
    if swapped || distance::edits(&digits(x), &digits(y)) == 1 {
        evidence(Outcome::Close, 3.0)
    } else {
        evidence(Outcome::Different, -9.0)
    }
}
