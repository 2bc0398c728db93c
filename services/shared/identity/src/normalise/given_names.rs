//! The dictionary of given names: which spellings and diminutives can be one name.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::Gender;
use crate::text::phonetic;

/// One canonical name.
#[derive(Debug)]
struct Entry {
    canonical: &'static str,
    gender: Gender,
    common: bool,
}

struct Dictionary {
    entries: Vec<Entry>,
    by_form: HashMap<&'static str, Vec<usize>>,
    by_sound: HashMap<String, Vec<usize>>,
}

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let mut entries = Vec::new();
    let mut by_form: HashMap<&'static str, Vec<usize>> = HashMap::new();
    let mut by_sound: HashMap<String, Vec<usize>> = HashMap::new();
    for line in include_str!("../data/given_names.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
    {
        let mut words = line.split_whitespace();
        let (Some(first), Some(gender)) = (words.next(), words.next()) else {
            continue;
        };
        let gender = if gender == "m" {
            Gender::Male
        } else {
            Gender::Female
        };
        let canonical = first.trim_start_matches('*');
        let index = entries.len();
        entries.push(Entry {
            canonical,
            gender,
            common: first.starts_with('*'),
        });
        for form in std::iter::once(canonical).chain(words) {
            let known = by_form.entry(form).or_default();
            if !known.contains(&index) {
                known.push(index);
            }
        }
        // By sound only the full name: short diminutives sound like too much else.
        by_sound.entry(phonetic::key(canonical)).or_default().push(index);
    }
    Dictionary {
        entries,
        by_form,
        by_sound,
    }
});

/// What the dictionary knows about one word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Canonical names the word can stand for, folded.
    pub names: BTreeSet<String>,
    /// Where all of them agree.
    pub gender: Option<Gender>,
    /// Found as written, not by its sound.
    pub exact: bool,
}

/// Looks a folded word up: as written, else by its sound. `None` when it is no name we know.
pub fn look_up(folded: &str) -> Option<Known> {
    let d = &*DICTIONARY;
    let (found, exact) = match d.by_form.get(folded) {
        Some(found) => (found, true),
        None if folded.chars().count() >= 4 => (d.by_sound.get(&phonetic::key(folded))?, false),
        None => return None,
    };
    let entries: Vec<&Entry> = found.iter().filter_map(|i| d.entries.get(*i)).collect();
    let gender = entries.first()?.gender;
    Some(Known {
        names: entries.iter().map(|e| e.canonical.to_owned()).collect(),
        gender: entries.iter().all(|e| e.gender == gender).then_some(gender),
        exact,
    })
}

/// Every spelling and diminutive of a canonical name, itself included.
pub fn forms_of(canonical: &str) -> impl Iterator<Item = &'static str> {
    let d = &*DICTIONARY;
    let index = d.entries.iter().position(|e| e.canonical == canonical);
    d.by_form
        .iter()
        .filter(move |(_, of)| index.is_some_and(|i| of.contains(&i)))
        .map(|(form, _)| *form)
}

/// Share of people with this canonical name, before any counting: common names 3 %, known 0.5 %, others 0.1 %.
pub fn prior_share(canonical: &str) -> f64 {
    let d = &*DICTIONARY;
    match d.by_form.get(canonical).and_then(|f| {
        f.iter()
            .filter_map(|i| d.entries.get(*i))
            .find(|e| e.canonical == canonical)
    }) {
        Some(entry) if entry.common => 0.03,
        Some(_) => 0.005,
        None => 0.001,
    }
}
