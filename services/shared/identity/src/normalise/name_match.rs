//! The comparable form of a person's name: folded, transliterated, without gender, by sound, and as the set
//! of given names a diminutive may stand for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::name::PersonName;
use super::name_joined as joined;
use super::{Gender, given_names, name_roles as roles, patronymics};
use crate::text::{phonetic, script::fold_word};

/// A name ready to be compared. All strings are folded lower-case Cyrillic; an empty one means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameMatch {
    /// Without gender ending: Иванов and Иванова are `иванов`.
    pub surname: String,
    pub surname_sound: String,
    /// As said, `саша`.
    pub given: String,
    /// Canonical names it can stand for; the word itself when it is in no dictionary.
    pub given_names: BTreeSet<String>,
    /// The word is a full or short form the dictionary knows exactly.
    pub given_known: bool,
    pub given_initial: Option<char>,
    /// Father's name without gender ending.
    pub patronymic: String,
    pub patronymic_sound: String,
    pub patronymic_initial: Option<char>,
}

/// Makes the comparable form. The gender hint narrows diminutives: Саша Иванова is Александра.
pub fn match_form(name: &PersonName) -> NameMatch {
    let surname = name
        .surname
        .as_deref()
        .map(|s| roles::surname_stem(&joined::surname(s)))
        .unwrap_or_default();
    // Анна Мария may be called either.
    let mut called = name
        .given
        .as_deref()
        .unwrap_or_default()
        .split(' ')
        .map(fold_word);
    let given = called.next().unwrap_or_default();
    let patronymic_word = name.patronymic.as_deref().map(joined::father).unwrap_or_default();
    let meant = patronymics::misspelt(&patronymic_word);
    let patronymic = roles::patronymic_stem(meant.map_or(&patronymic_word, |m| m.form));
    let known = if given.is_empty() {
        None
    } else {
        given_names::look_up(&given).or_else(|| given_names::nearest(&given))
    };
    let given_known = known.as_ref().is_some_and(|k| k.exact);
    let mut names = match known {
        Some(known) => narrowed(known.names, name.gender_hint),
        None => BTreeSet::new(),
    };
    let second = called.filter_map(|word| given_names::look_up(&word).filter(|k| k.exact));
    names.extend(second.flat_map(|known| narrowed(known.names, name.gender_hint)));
    if names.is_empty() && !given.is_empty() {
        names.insert(given.clone());
    }
    let lower = |c: char| fold_word(&c.to_string()).chars().next();
    NameMatch {
        surname_sound: phonetic::key(&surname),
        surname,
        given_initial: given.chars().next().or(name.initials.given.and_then(lower)),
        given_names: names,
        given_known,
        given,
        patronymic_sound: phonetic::key(&patronymic),
        patronymic_initial: patronymic
            .chars()
            .next()
            .or(name.initials.patronymic.and_then(lower)),
        patronymic,
    }
}

/// Keeps the names of the hinted gender, unless that leaves none.
fn narrowed(names: BTreeSet<String>, hint: Option<Gender>) -> BTreeSet<String> {
    let of_gender: BTreeSet<String> = names
        .iter()
        .filter(|n| {
            hint.is_none()
                || given_names::look_up(n)
                    .and_then(|k| k.gender)
                    .is_none_or(|g| Some(g) == hint)
        })
        .cloned()
        .collect();
    if of_gender.is_empty() { names } else { of_gender }
}

impl NameMatch {
    /// Nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.surname.is_empty() && self.given_initial.is_none() && self.patronymic.is_empty()
    }

    /// The given name by its sound, from the canonical name where there is just one.
    pub fn given_sound(&self) -> String {
        match self.given_names.first() {
            Some(name) if self.given_names.len() == 1 => phonetic::key(name),
            _ => phonetic::key(&self.given),
        }
    }
}
