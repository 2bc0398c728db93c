//! The dictionary of given names: which spellings and diminutives can be one name.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::Gender;
use crate::text::{distance, phonetic};

/// One canonical name.
#[derive(Debug)]
struct Entry {
    canonical: &'static str,
    gender: Gender,
    common: bool,
    forms: Vec<&'static str>,
}

struct Dictionary {
    entries: Vec<Entry>,
    by_form: HashMap<&'static str, Vec<usize>>,
    by_sound: HashMap<String, Vec<usize>>,
    /// Forms with one letter left out, to the forms: a slip is found by leaving a letter out on both sides.
    by_gap: HashMap<String, Vec<&'static str>>,
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
            forms: std::iter::once(canonical).chain(words.clone()).collect(),
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
    let mut by_gap: HashMap<String, Vec<&'static str>> = HashMap::new();
    for form in by_form.keys().filter(|f| f.chars().count() >= SHORTEST_SLIP) {
        for gap in std::iter::once((*form).to_owned()).chain(gaps(form)) {
            by_gap.entry(gap).or_default().push(form);
        }
    }
    Dictionary {
        entries,
        by_form,
        by_sound,
        by_gap,
    }
});

/// Shortest form whose misspellings are recognised.
const SHORTEST_SLIP: usize = 3;

/// The word with each of its letters left out.
pub(super) fn gaps(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().take(32).collect();
    (0..letters.len())
        .map(|skip| {
            let kept = letters.iter().enumerate().filter(|(i, _)| *i != skip);
            kept.map(|(_, c)| *c).collect()
        })
        .collect()
}

/// Names a misspelt word may stand for: every form within one slip of it. `None` when there is none.
pub fn nearest(folded: &str) -> Option<Known> {
    let d = &*DICTIONARY;
    if folded.chars().count() < SHORTEST_SLIP {
        return None;
    }
    let mut found: Vec<usize> = Vec::new();
    for gap in std::iter::once(folded.to_owned()).chain(gaps(folded)) {
        for form in d.by_gap.get(&gap).into_iter().flatten() {
            if distance::edits(folded, form) == 1 {
                found.extend(d.by_form.get(form).into_iter().flatten());
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    let entries: Vec<&Entry> = found.iter().filter_map(|i| d.entries.get(*i)).collect();
    known(&entries, false)
}

fn known(entries: &[&Entry], exact: bool) -> Option<Known> {
    let gender = entries.first()?.gender;
    Some(Known {
        names: entries.iter().map(|e| e.canonical.to_owned()).collect(),
        gender: entries.iter().all(|e| e.gender == gender).then_some(gender),
        exact,
    })
}

/// Canonical names of one gender.
pub(super) fn canonical(gender: Gender) -> impl Iterator<Item = &'static str> {
    let of_gender = DICTIONARY.entries.iter().filter(move |e| e.gender == gender);
    of_gender.map(|e| e.canonical)
}

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
    let entries =
        |found: &[usize]| -> Vec<&Entry> { found.iter().filter_map(|i| d.entries.get(*i)).collect() };
    if let Some(found) = d.by_form.get(folded) {
        return known(&entries(found), true);
    }
    if folded.chars().count() < 4 {
        return None;
    }
    let mut heard = entries(d.by_sound.get(&phonetic::key(folded))?);
    heard.retain(|e| is_heard_as(folded, e.canonical));
    known(&heard, false)
}

/// Sound keys of short words meet by chance: Элля and Илья share one. Two letters in five may differ at most.
fn is_heard_as(folded: &str, name: &str) -> bool {
    let longer = folded.chars().count().max(name.chars().count());
    distance::edits(folded, name) * 5 <= longer * 2
}

/// Every spelling and diminutive of a canonical name, itself included.
pub fn forms_of(canonical: &str) -> impl Iterator<Item = &'static str> {
    let d = &*DICTIONARY;
    let own = d.by_form.get(canonical).into_iter().flatten().copied();
    let entry = own
        .filter_map(|i| d.entries.get(i))
        .find(|e| e.canonical == canonical);
    entry.into_iter().flat_map(|e| e.forms.iter().copied())
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{DICTIONARY, look_up};

    #[test]
    fn a_name_stands_in_one_line_in_folded_letters() {
        let mut seen = BTreeSet::new();
        for entry in &DICTIONARY.entries {
            let line = format!("{} {:?}", entry.canonical, entry.gender);
            assert!(seen.insert(line.clone()), "{line}");
            for form in &entry.forms {
                assert_eq!(crate::text::script::fold_word(form), **form, "{line}");
            }
        }
    }

    #[test]
    fn a_sound_makes_a_name_only_of_a_word_written_much_like_it() {
        // Элла sounds like Илья, Дора like Дарья.
        for (typed, meant) in [
            ("олга", Some("ольга")),
            ("игар", Some("игорь")),
            ("екатирина", Some("екатерина")),
            ("филип", Some("филипп")),
            ("илла", Some("элла")),
            ("элля", Some("элла")),
            ("дорра", Some("дора")),
        ] {
            let names = look_up(typed).map(|k| k.names.into_iter().collect::<Vec<_>>().join(" "));
            assert_eq!(names.as_deref(), meant, "{typed}");
        }
    }
}
