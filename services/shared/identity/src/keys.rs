//! Where to look for candidates: every key two records of one client may share.

use serde::Serialize;

use crate::normalise::phone::PhoneKind;
use crate::record::{Normalised, Party};
use crate::text::phonetic;

/// A value by which candidates are fetched. Equal keys mean "compare these", never "these are one".
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct MatchKey {
    /// `phone`, `phone_tail`, `email`, `vin`, `vin_tail`, `plate`, `inn`, `company`, `full_name`, `birth_surname`,
    /// `birth_given`, `address`.
    pub kind: &'static str,
    pub value: String,
}

/// Shortest VIN end worth looking up.
pub(crate) const VIN_TAIL: usize = 6;

/// All keys of a record, without repeats.
pub fn match_keys(n: &Normalised) -> Vec<MatchKey> {
    let mut keys = Vec::new();
    let mut add = |kind: &'static str, value: String| {
        if !value.is_empty() {
            keys.push(MatchKey { kind, value });
        }
    };
    for phone in &n.phones {
        add("phone", phone.e164.clone());
        if phone.kind_hint == PhoneKind::Landline {
            add("phone_tail", tail(&phone.e164, 7).to_owned());
        }
    }
    for typed in n.phone_tails.iter().filter(|t| t.len() >= 6) {
        add("phone_tail", typed.clone());
    }
    for email in n.emails.iter().filter(|e| !e.placeholder) {
        add("email", email.match_key.clone());
    }
    for vehicle in &n.vehicles {
        if let Some(vin) = &vehicle.vin {
            if !vin.partial {
                add("vin", vin.value.clone());
            }
            if vin.value.len() >= VIN_TAIL {
                add("vin_tail", vin.tail(VIN_TAIL).to_owned());
            }
        }
        if let Some(plate) = &vehicle.plate {
            add("plate", plate.value.clone());
        }
    }
    if let Some(inn) = &n.inn {
        add("inn", inn.value.clone());
    }
    if let Some(company) = n.company.as_ref().filter(|_| n.party != Party::Person) {
        add("company", company.sound.clone());
    }
    names(n, &mut add);
    if let Some(a) = n
        .address
        .as_ref()
        .filter(|a| !a.house.is_empty() && !a.flat.is_empty())
    {
        add("address", format!("{}|{}|{}", a.street, a.house, a.flat));
    }
    keys.sort();
    keys.dedup();
    keys
}

fn names(n: &Normalised, add: &mut impl FnMut(&'static str, String)) {
    let m = &n.name_match;
    if !m.surname.is_empty() && !m.patronymic.is_empty() {
        for given in &m.given_names {
            add(
                "full_name",
                format!(
                    "{}|{}|{}",
                    m.surname_sound,
                    phonetic::key(given),
                    m.patronymic_sound
                ),
            );
        }
    }
    if let Some(born) = n.birth_date {
        if !m.surname.is_empty() {
            add("birth_surname", format!("{born}|{}", m.surname_sound));
        }
        for given in &m.given_names {
            add("birth_given", format!("{born}|{}", phonetic::key(given)));
        }
    }
}

/// Last `count` characters of an ASCII string, all of it when shorter.
pub(crate) fn tail(s: &str, count: usize) -> &str {
    s.get(s.len().saturating_sub(count)..).unwrap_or(s)
}
