//! Persons' names in any order and completeness: `Иванов И.И.`, `саша`, `Maria Petrova`, swapped columns.
//!
//! This file finds which word is which and keeps it readable; [`super::name_match`] makes it comparable.

use serde::{Deserialize, Serialize};

use super::Gender;
use super::name_joined as joined;
use super::name_words::{Word, in_other_layout, read, words};
use super::{name_roles as roles, patronymics};
use crate::text;

pub use super::name_match::{NameMatch, match_form};

/// A person's name, readable: Cyrillic or Latin as typed, look-alikes repaired, capitals where they belong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PersonName {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// As said: may be a diminutive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patronymic: Option<String>,
    /// First letters where only they are known, capitals.
    pub initials: Initials,
    /// Gender shown by patronymic, given name or surname, in this order of trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender_hint: Option<Gender>,
    pub raw_order: NameOrder,
}

/// Initials standing for a given name and a patronymic not written out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Initials {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patronymic: Option<char>,
}

/// In which order the words stood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameOrder {
    #[default]
    SurnameFirst,
    GivenFirst,
    /// Separate fields, as labelled.
    Parts,
    /// Separate fields, surname and given name in each other's place.
    PartsSwapped,
}

impl PersonName {
    /// No word and no initial was found.
    pub fn is_empty(&self) -> bool {
        self.surname.is_none()
            && self.given.is_none()
            && self.patronymic.is_none()
            && self.initials.given.is_none()
    }

    /// `Иванова Мария Петровна`, or what there is of it.
    pub fn display(&self) -> String {
        let initial = |c: Option<char>| c.map(|c| format!("{c}."));
        [
            self.surname.clone(),
            self.given.clone().or_else(|| initial(self.initials.given)),
            self.patronymic
                .clone()
                .or_else(|| initial(self.initials.patronymic)),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
    }
}

/// Reads a name written in one field. An empty or wordless text gives an empty name.
pub fn parse(raw: &str) -> PersonName {
    assign(&words(raw))
}

/// Reads a name from separate fields, of which any may be empty, swapped, or hold the whole name.
pub fn from_parts(last: &str, first: &str, middle: &str) -> PersonName {
    let relay = in_other_layout(&[last, first, middle]);
    let (l, f, m) = (read(last, relay), read(first, relay), read(middle, relay));
    if l.len() + f.len() + m.len() == 0 {
        return PersonName::default();
    }
    let all: Vec<Word> = [l.clone(), f.clone(), m.clone()].concat();
    let one_field = [&l, &f, &m].iter().filter(|w| !w.is_empty()).count() == 1;
    if one_field && (all.len() > 1 || l.is_empty()) {
        return assign(&all);
    }
    if l.len() > 1 || f.len() > 1 || m.len() > 2 || (l.is_empty() && f.is_empty()) {
        return assign(&all);
    }
    // `Мария | Петровна | Иванова`: each in the next one's column.
    if let (Some(one), Some(two), Some(three)) = (l.first(), f.first(), m.first())
        && (one.known_given() && two.patronymic && !three.patronymic
            || one.patronymic && two.known_given() && three.gendered_surname)
    {
        return match one.patronymic {
            true => build(Some(three), Some(two), Some(one), NameOrder::PartsSwapped),
            false => build(Some(three), Some(one), Some(two), NameOrder::PartsSwapped),
        };
    }
    let (mut last, mut first, mut middle) = (l.first(), f.first(), m.first());
    let mut order = NameOrder::Parts;
    let swapped = match (last, first) {
        (Some(l), Some(f)) => {
            let given_in_last = l.known_given() || (l.given.is_some() && !l.surname_like && f.surname_like);
            let family = f.given.is_none() && f.initial.is_none() && !f.patronymic;
            given_in_last && (family || f.is_surname_of(l))
        }
        (Some(l), None) => l.known_given() && !l.surname_like,
        _ => false,
    };
    if swapped {
        std::mem::swap(&mut last, &mut first);
        order = NameOrder::PartsSwapped;
    }
    // A given name where the patronymic should be.
    if first.is_none() && middle.is_some_and(|m| m.known_given() && !m.patronymic) {
        std::mem::swap(&mut first, &mut middle);
        order = NameOrder::PartsSwapped;
    }
    // Given name and patronymic in each other's columns.
    if let (Some(f), Some(m)) = (first, middle)
        && f.patronymic
        && m.known_given()
    {
        std::mem::swap(&mut first, &mut middle);
        order = NameOrder::PartsSwapped;
    }
    build(last, first, middle, order)
}

/// Whether a text is surely a person: a known given name beside a patronymic.
pub fn is_full_person(raw: &str) -> bool {
    let words = words(raw);
    words.len() == 3 && words.iter().any(|w| w.given.is_some()) && words.iter().any(|w| w.patronymic)
}

/// Whether a word of the text is a given name, a patronymic or an initial.
pub fn has_given(raw: &str) -> bool {
    words(raw)
        .iter()
        .any(|w| w.known_given() || w.patronymic || w.initial.is_some())
}

fn assign(words: &[Word]) -> PersonName {
    let joined_surnames = joined::surnames_joined(words);
    let words = joined_surnames.as_deref().unwrap_or(words);
    let full: Vec<&Word> = words.iter().filter(|w| w.initial.is_none()).collect();
    let initials: Vec<&Word> = words.iter().filter(|w| w.initial.is_some()).collect();
    use NameOrder::{GivenFirst, SurnameFirst};
    match full.as_slice() {
        [] => build(
            None,
            initials.first().copied(),
            initials.get(1).copied(),
            SurnameFirst,
        ),
        [one] if initials.is_empty() => {
            if one.known_given() || (one.given.is_some() && !one.surname_like) {
                build(None, Some(one), None, GivenFirst)
            } else if one.surname_like && !one.patronymic || one.fatherless {
                build(Some(one), None, None, SurnameFirst)
            } else if one.patronymic {
                build(None, None, Some(one), GivenFirst)
            } else {
                // A lone word that neither ends like a surname nor is in the dictionary: people are greeted by it.
                build(None, Some(one), None, GivenFirst)
            }
        }
        [one] => {
            let (first, second) = (initials.first().copied(), initials.get(1).copied());
            // `Наташа К.`: a known given name with one initial of the surname.
            if second.is_none() && one.known_given() && !one.surname_like {
                build(None, Some(one), None, GivenFirst)
            } else {
                build(Some(one), first, second, SurnameFirst)
            }
        }
        [a, b] => {
            let initial = initials.first().copied();
            if b.is_surname_of(a) {
                build(Some(b), Some(a), initial, GivenFirst)
            } else if a.is_surname_of(b) {
                build(Some(a), Some(b), initial, SurnameFirst)
            } else if initial.is_some() && b.patronymic && !a.patronymic {
                build(Some(a), initial, Some(b), SurnameFirst)
            } else if b.patronymic && !b.known_given() && (a.given.is_some() || !a.gendered_surname) {
                build(None, Some(a), Some(b), GivenFirst)
            } else if !b.known_given()
                && (a.known_given() || b.surname_like && !a.surname_like || b.ends_after(a))
            {
                build(Some(b), Some(a), initial, GivenFirst)
            } else {
                build(Some(a), Some(b), initial, SurnameFirst)
            }
        }
        [_, _, _, _, ..] if let Some([surname, given, father]) = joined::of_many(&full) => {
            let order = if full.first().is_some_and(|w| w.known_given()) {
                GivenFirst
            } else {
                SurnameFirst
            };
            build(surname.as_ref(), given.as_ref(), father.as_ref(), order)
        }
        [a, b, c, ..] => {
            if a.known_given() && b.is_surname_of(a) && c.patronymic && !c.is_surname_of(a) {
                build(Some(b), Some(a), Some(c), GivenFirst)
            } else if b.patronymic
                && (!c.patronymic && !c.known_given() || a.known_given())
                && !b.known_given()
            {
                build(Some(c), Some(a), Some(b), GivenFirst)
            } else if b.patronymic && c.known_given() && !a.known_given() {
                build(Some(a), Some(c), Some(b), SurnameFirst)
            } else if a.known_given() && !b.known_given() && !c.known_given() && !c.patronymic {
                build(Some(c), Some(a), Some(b), GivenFirst)
            } else if c.patronymic && !b.known_given() && (a.known_given() || b.ends_after(a)) {
                build(Some(b), Some(a), Some(c), GivenFirst)
            } else if a.patronymic && !a.known_given() && b.gendered_surname && c.given.is_some() {
                build(Some(b), Some(c), Some(a), SurnameFirst)
            } else if c.ends_after(a) && !b.known_given() && !b.gendered_surname && !c.patronymic {
                build(Some(c), Some(a), Some(b), GivenFirst)
            } else {
                build(Some(a), Some(b), Some(c), SurnameFirst)
            }
        }
    }
}

fn build(
    surname: Option<&Word>,
    given: Option<&Word>,
    patronymic: Option<&Word>,
    raw_order: NameOrder,
) -> PersonName {
    let full = |w: Option<&Word>| w.filter(|w| w.initial.is_none()).map(|w| w.shown.clone());
    let gender_of_patronymic = patronymic.and_then(|w| {
        let folded = text::script::fold_word(w.shown.split(' ').next_back()?);
        patronymics::misspelt(&folded).map_or_else(|| roles::patronymic_gender(&folded), |m| m.gender)
    });
    let gender_of_surname = surname.and_then(|w| roles::surname_gender(&text::script::fold_word(&w.shown)));
    let known = given.and_then(|w| w.given.as_ref());
    // `Саша Иванова`: the surname decides what a shared diminutive, or a slip, leaves open.
    let (exact, guessed) = match known {
        Some(known) if known.exact => (known.gender, None),
        known => (None, known.and_then(|k| k.gender)),
    };
    PersonName {
        surname: full(surname),
        given: full(given),
        patronymic: full(patronymic),
        initials: Initials {
            given: given.and_then(|w| w.initial),
            patronymic: patronymic.and_then(|w| w.initial),
        },
        gender_hint: gender_of_patronymic.or(exact).or(gender_of_surname).or(guessed),
        raw_order,
    }
}
