//! Patronymics as the dictionary's names make them, so that a slip in one is seen: «Ильининча» is Ильинична.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::{Gender, given_names, name_roles as roles};
use crate::text::distance;

/// Shortest word taken for a misspelt patronymic, in letters: shorter ones are a slip away from surnames.
const SHORTEST: usize = 7;

/// Endings by which a word is a patronymic as it stands, of whatever father.
const REGULAR: &[&str] = &["ович", "евич", "овна", "евна", "ична"];

/// Fathers' names whose patronymics no rule makes: name, son, daughter.
const IRREGULAR: &[(&str, &str, &str)] = &[
    ("илья", "ильич", "ильинична"),
    ("никита", "никитич", "никитична"),
    ("лука", "лукич", "лукинична"),
    ("фома", "фомич", "фоминична"),
    ("кузьма", "кузьмич", "кузьминична"),
    ("савва", "саввич", "саввична"),
    ("лев", "львович", "львовна"),
    ("павел", "павлович", "павловна"),
    ("петр", "петрович", "петровна"),
    ("яков", "яковлевич", "яковлевна"),
    ("михаил", "михайлович", "михайловна"),
    ("даниил", "данилович", "даниловна"),
    ("гавриил", "гаврилович", "гавриловна"),
    ("самуил", "самойлович", "самойловна"),
    ("иосиф", "осипович", "осиповна"),
];

/// Patronymics with one letter left out, to the patronymics.
static BY_GAP: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
    let mut by_gap: HashMap<String, Vec<String>> = HashMap::new();
    for name in given_names::canonical(Gender::Male) {
        for form in of_father(name) {
            for gap in std::iter::once(form.clone()).chain(given_names::gaps(&form)) {
                let forms = by_gap.entry(gap).or_default();
                if !forms.contains(&form) {
                    forms.push(form.clone());
                }
            }
        }
    }
    by_gap
});

/// Fathers' parts of all patronymics.
static STEMS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    given_names::canonical(Gender::Male)
        .flat_map(of_father)
        .map(|form| roles::patronymic_stem(&form))
        .collect()
});

/// Whether a father's part is that of a name in the dictionary.
pub fn is_known(stem: &str) -> bool {
    STEMS.contains(stem)
}

/// Shortest father's part in which a slip is forgiven: Рабинович is no son of Рамин.
const SHORTEST_PART: usize = 6;

/// Whether a folded patronymic is that of a name in the dictionary, or in a long one a slip away from it. Гуревич
/// is not.
pub fn has_father(folded: &str) -> bool {
    let part = roles::patronymic_stem(folded);
    let slip = || STEMS.iter().any(|known| distance::within(&part, known, 1));
    is_known(&part) || part.chars().count() >= SHORTEST_PART && slip()
}

/// Son's and daughter's patronymics of a father's name.
fn of_father(name: &str) -> Vec<String> {
    if let Some((_, son, daughter)) = IRREGULAR.iter().find(|(father, ..)| *father == name) {
        return vec![(*son).to_owned(), (*daughter).to_owned()];
    }
    let with = |stem: &str, soft: bool| {
        let ends = if soft {
            ["евич", "евна"]
        } else {
            ["ович", "овна"]
        };
        ends.map(|end| format!("{stem}{end}"))
    };
    if let Some(stem) = name.strip_suffix("ий") {
        // Валериевич and Валерьевич.
        return [with(&format!("{stem}и"), true), with(&format!("{stem}ь"), true)].concat();
    }
    if let Some(stem) = name.strip_suffix('й').or_else(|| name.strip_suffix('ь')) {
        return with(stem, true).to_vec();
    }
    match name.chars().next_back() {
        Some('ж' | 'ш' | 'ч' | 'щ' | 'ц') => with(name, true).to_vec(),
        // Муса: Мусаевич and Мусович; Али: Алиевич.
        Some(last @ ('а' | 'я')) => {
            let short = name.trim_end_matches(last);
            [with(name, true), with(short, last == 'я')].concat()
        }
        Some('о' | 'е' | 'и' | 'у' | 'ы' | 'э' | 'ю') => with(name, true).to_vec(),
        None => Vec::new(),
        Some(_) => with(name, false).to_vec(),
    }
}

/// What a misspelt patronymic was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meant {
    pub form: &'static str,
    /// `None` where the son's and the daughter's are as near.
    pub gender: Option<Gender>,
}

/// The patronymic a folded word is, with one slip; `None` for one without a slip, for words that end like surnames
/// (Иванова is a slip away from Ивановна), and where two fathers are as near.
pub fn misspelt(folded: &str) -> Option<Meant> {
    let letters = folded.chars().count();
    let whole = REGULAR.iter().any(|end| folded.ends_with(end));
    if letters < SHORTEST || whole || roles::surname_gender(folded).is_some() {
        return None;
    }
    let mut found: BTreeSet<&'static str> = BTreeSet::new();
    for gap in std::iter::once(folded.to_owned()).chain(given_names::gaps(folded)) {
        let forms = BY_GAP.get(&gap).into_iter().flatten();
        found.extend(
            forms
                .map(String::as_str)
                .filter(|form| distance::edits(folded, form) == 1),
        );
    }
    let fathers: BTreeSet<String> = found.iter().map(|form| roles::patronymic_stem(form)).collect();
    let form = found.first().copied().filter(|_| fathers.len() == 1)?;
    let gender = roles::patronymic_gender(form);
    let all = found
        .iter()
        .all(|other| roles::patronymic_gender(other) == gender);
    Some(Meant {
        form,
        gender: gender.filter(|_| all),
    })
}

#[cfg(test)]
mod tests {
    use super::{Gender, misspelt};

    #[test]
    fn slips_are_seen_and_surnames_left_alone() {
        for (typed, meant) in [
            ("ильининча", Some("ильинична")),
            ("сергееван", Some("сергеевна")),
            ("ивановнв", Some("ивановна")),
            ("петрвоич", Some("петрович")),
            ("ивановиа", Some("иванович")),
            ("рашидович", None),
            ("ивановна", None),
            ("иванова", None),
            ("яковлева", None),
            ("шевченко", None),
        ] {
            assert_eq!(misspelt(typed).map(|m| m.form), meant, "{typed}");
        }
        assert_eq!(misspelt("ивановиа").unwrap().gender, None);
        assert_eq!(misspelt("ильининча").unwrap().gender, Some(Gender::Female));
    }
}
