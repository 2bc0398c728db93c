//! Values as records say them, ready to be compared.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::MAX_VALUES;
use crate::text::{phonetic, script::fold_word};

/// A value and how many records say it. Stored as a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    from = "(T, u32)",
    into = "(T, u32)",
    bound(serialize = "T: Clone + Serialize")
)]
pub struct Said<T> {
    pub value: T,
    pub times: u32,
}

impl<T> From<(T, u32)> for Said<T> {
    fn from((value, times): (T, u32)) -> Self {
        Self { value, times }
    }
}

impl<T> From<Said<T>> for (T, u32) {
    fn from(said: Said<T>) -> Self {
        (said.value, said.times)
    }
}

/// Days since the epoch of the first and last record that say something.
pub type Days = (i32, i32);

/// A value that is somebody's for a while, a number or a car: how many records say it, and when. Stored as a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    from = "(T, u32, Option<Days>)",
    into = "(T, u32, Option<Days>)",
    bound(serialize = "T: Clone + Serialize")
)]
pub struct Held<T> {
    pub value: T,
    pub times: u32,
    pub days: Option<Days>,
}

impl<T> From<(T, u32, Option<Days>)> for Held<T> {
    fn from((value, times, days): (T, u32, Option<Days>)) -> Self {
        Self { value, times, days }
    }
}

impl<T> From<Held<T>> for (T, u32, Option<Days>) {
    fn from(held: Held<T>) -> Self {
        (held.value, held.times, held.days)
    }
}

/// A surname without its gender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surname {
    pub stem: Arc<str>,
    pub sound: Arc<str>,
}

/// A given name as said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Folded; empty when only the initial is known.
    pub word: Arc<str>,
    /// Canonical names it may stand for.
    pub names: Arc<[Arc<str>]>,
    /// In the dictionary as written.
    pub known: bool,
    pub initial: Option<char>,
}

impl Given {
    /// A name the dictionary knows, a slip from one, or an initial: another such name is another person.
    pub fn may_be_read(&self) -> bool {
        self.word.is_empty() || self.known || self.names.first() != Some(&self.word)
    }

    /// Written out, with one reading.
    pub fn is_full(&self) -> bool {
        self.names.len() == 1 && (!self.known || self.names.first() == Some(&self.word))
    }
}

/// A father's name without gender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patronymic {
    /// Empty when only the initial is known.
    pub stem: Arc<str>,
    pub sound: Arc<str>,
    pub initial: Option<char>,
}

/// A VIN, whole or its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VinSaid {
    pub value: Arc<str>,
    pub partial: bool,
}

/// A plate without blanks; `whole` with its region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlateSaid {
    pub value: Arc<str>,
    pub whole: bool,
}

pub(super) fn surname(stem: &str) -> Surname {
    Surname {
        stem: stem.into(),
        sound: phonetic::key(stem).into(),
    }
}

pub(super) fn given(m: &crate::normalise::name::NameMatch) -> Given {
    Given {
        word: m.given.as_str().into(),
        names: m.given_names.iter().map(|n| n.as_str().into()).collect(),
        known: m.given_known,
        initial: m.given_initial,
    }
}

/// Words of make and model: `KIA RIO` is `kia`, `rio`.
pub(super) fn model_words(make: Option<&str>, model: Option<&str>) -> Vec<Arc<str>> {
    let mut words: Vec<String> = [make, model]
        .into_iter()
        .flatten()
        .flat_map(|m| m.split([' ', '-', '/']))
        .map(fold_word)
        .filter(|w| !w.is_empty())
        .collect();
    words.sort();
    words.dedup();
    words.into_iter().map(Arc::from).collect()
}

pub(super) fn note<T: PartialEq>(list: &mut Vec<Said<T>>, value: T, times: u32) {
    if let Some(said) = list.iter_mut().find(|s| s.value == value) {
        said.times += times;
    } else if list.len() < MAX_VALUES {
        list.push(Said { value, times });
    }
}

pub(super) fn add<T: PartialEq + Clone>(list: &mut Vec<Said<T>>, other: &[Said<T>]) {
    for said in other {
        note(list, said.value.clone(), said.times);
    }
}

pub(super) fn hold<T: PartialEq>(list: &mut Vec<Held<T>>, value: T, times: u32, days: Option<Days>) {
    if let Some(held) = list.iter_mut().find(|s| s.value == value) {
        held.times += times;
        held.days = both(held.days, days);
    } else if list.len() < MAX_VALUES {
        list.push(Held { value, times, days });
    }
}

pub(super) fn add_held<T: PartialEq + Clone>(list: &mut Vec<Held<T>>, other: &[Held<T>]) {
    for held in other {
        hold(list, held.value.clone(), held.times, held.days);
    }
}

/// From the earlier beginning to the later end.
pub(super) fn both(a: Option<Days>, b: Option<Days>) -> Option<Days> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}
