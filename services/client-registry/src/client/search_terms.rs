//! What a record can be found by: folded terms, looked up by prefix.

use edina_identity::Normalised;
use edina_identity::normalise::phone::format_display;
use edina_identity::text::{digits, phonetic, script::fold_word};

use super::evidence::VehicleRead;

/// One term under which a client is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// phone, email, vin, plate, inn, name, sound (of a word of a name), company
    pub kind: &'static str,
    pub term: String,
    /// The value to show as what matched.
    pub shown: String,
}

/// Fewest digits of a phone that are worth looking for.
pub const SHORTEST_PHONE_PART: usize = 4;

/// All terms of a record, sorted and without repeats.
pub fn terms(n: &Normalised, vehicles: &[VehicleRead]) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut add = |kind: &'static str, term: String, shown: &str| {
        if !term.is_empty() {
            terms.push(Term {
                kind,
                term,
                shown: shown.to_owned(),
            });
        }
    };
    for phone in &n.phones {
        let number = digits(&phone.e164);
        let shown = format_display(&phone.e164);
        // Every end of the number, so that any part of it is the beginning of a term.
        for start in 0..=number.len().saturating_sub(SHORTEST_PHONE_PART) {
            add(
                "phone",
                number.get(start..).unwrap_or_default().to_owned(),
                &shown,
            );
        }
    }
    for email in &n.emails {
        add("email", email.address.clone(), &email.address);
        add("email", email.match_key.clone(), &email.address);
    }
    for vehicle in vehicles {
        let vin = &vehicle.description.vin;
        add("vin", backwards(vin), vin);
        add("plate", vehicle.plate.clone(), &vehicle.description.plate);
    }
    if let Some(inn) = &n.inn {
        add("inn", inn.value.clone(), &inn.value);
    }
    for name in n.name.iter().chain(&n.contact) {
        let shown = name.display();
        for word in [&name.surname, &name.given, &name.patronymic]
            .into_iter()
            .flatten()
        {
            for part in word.split([' ', '-']) {
                let folded = fold_word(part);
                add("sound", phonetic::key(&folded), &shown);
                add("name", folded, &shown);
            }
        }
    }
    if let (Some(name), 1) = (&n.name, n.name_match.given_names.len()) {
        for full in &n.name_match.given_names {
            add("sound", phonetic::key(full), &name.display());
            add("name", full.clone(), &name.display());
        }
    }
    if let Some(company) = &n.company {
        for word in company.core.split(' ') {
            add("company", word.to_owned(), &company.display);
        }
    }
    terms.sort();
    terms.dedup_by(|a, b| a.kind == b.kind && a.term == b.term);
    terms
}

/// Written from the end, so that an end is found as a beginning.
pub fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

/// Bounds `[from, to)` of all terms that begin with `prefix`, in byte order.
pub fn prefix_bounds(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}\u{10FFFF}"))
}
