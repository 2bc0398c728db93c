//! The words of a name field, each with what it can be: given name, patronymic, surname, initial.

use super::name_joined::{self as joined, Joins};
use super::{Gender, given_names, name_roles as roles, patronymics};
use crate::text;

/// One word with what it can be.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) shown: String,
    pub(super) given: Option<given_names::Known>,
    pub(super) patronymic: bool,
    /// Ends like a son's patronymic, as surnames do too: Гуревич.
    pub(super) son: bool,
    /// Ends like a patronymic in -ович or -евич, of no father we know.
    pub(super) fatherless: bool,
    pub(super) surname_like: bool,
    /// Ends like Иванов or Иванова, which no given name does.
    pub(super) gendered_surname: bool,
    pub(super) initial: Option<char>,
}

impl Word {
    /// In the dictionary as written.
    pub(super) fn known_given(&self) -> bool {
        self.given.as_ref().is_some_and(|k| k.exact)
    }

    /// Гуревич beside Ольга or Антон: she has no son's patronymic, and he no father of that name.
    pub(super) fn is_surname_of(&self, person: &Self) -> bool {
        let woman = |k: &given_names::Known| k.exact && k.gender == Some(Gender::Female);
        let named = |k: &given_names::Known| woman(k) || self.fatherless;
        self.son && !self.known_given() && person.given.as_ref().is_some_and(named)
    }

    /// A surname by its ending, where the other word is a given name with a slip and no such surname.
    pub(super) fn ends_after(&self, other: &Self) -> bool {
        self.gendered_surname && !self.known_given() && other.given.is_some() && !other.gendered_surname
    }
}

/// A pair of capitals such as `ОВ` after a surname is two initials.
pub(super) fn words(raw: &str) -> Vec<Word> {
    read(raw, in_other_layout(&[raw]))
}

/// Words of a name, its keys read in the other layout if `relay`.
pub(super) fn read(raw: &str, relay: bool) -> Vec<Word> {
    let cleaned = text::clean(raw);
    let bare = match (cleaned.find('('), cleaned.rfind(')')) {
        (Some(from), Some(to)) if from < to => format!("{} {}", &cleaned[..from], &cleaned[to + 1..]),
        _ => cleaned,
    };
    let mixed_case = bare.chars().any(char::is_lowercase);
    let bare = if relay {
        text::script::other_layout(&initials_apart(&bare))
    } else {
        bare
    };
    let bare = unglued(&of_names(&bare));
    let bare = joined::first_of_two(&bare);
    let tokens: Vec<&str> = bare.split([' ', '.', ',', ';', '_']).collect();
    if joined::names_nobody(&tokens) {
        return Vec::new();
    }
    let mut kept: Vec<&str> = Vec::new();
    for token in tokens {
        let no_name = is_address(token, kept.is_empty()) || joined::is_part_played(token);
        if !no_name && token.chars().any(char::is_alphabetic) && !token.chars().any(|c| c.is_ascii_digit()) {
            kept.push(token);
        }
    }
    kept.truncate(MOST_WORDS);
    let folded: Vec<String> = kept.iter().map(|token| text::script::fold_word(token)).collect();
    let mut out: Vec<Word> = Vec::new();
    let mut before: Option<(Joins, String)> = None;
    for (at, (token, folded_token)) in kept.iter().zip(&folded).enumerate() {
        let joins = joined::joins(&folded, at);
        match joins {
            Joins::AfterFather => {
                if let Some(previous) = out.last_mut() {
                    previous.shown = format!("{} {folded_token}", previous.shown);
                    previous.patronymic = true;
                    continue;
                }
            }
            Joins::Surname | Joins::Father => {
                let small = readable(token).to_lowercase();
                let (joins, all) = before.take().map_or((joins, small.clone()), |(first, all)| {
                    (first, format!("{all} {small}"))
                });
                before = Some((joins, all));
                continue;
            }
            Joins::None => {}
        }
        if let Some((joins, particles)) = before.take() {
            let next = word(token, folded_token);
            let father = joins == Joins::Father;
            out.push(Word {
                shown: format!("{particles} {}", next.shown),
                given: None,
                patronymic: father,
                son: false,
                fatherless: false,
                surname_like: !father,
                gendered_surname: !father,
                initial: None,
            });
            continue;
        }
        let letters = folded_token.chars().filter(|c| c.is_alphabetic()).count();
        let upper_pair = mixed_case && token.chars().all(char::is_uppercase);
        let after_surname = out.last().is_some_and(|w| w.gendered_surname && !w.known_given());
        let initials = upper_pair || after_surname && given_names::look_up(folded_token).is_none();
        if letters == 2 && initials && !out.is_empty() {
            out.extend(
                folded_token
                    .chars()
                    .filter(|c| c.is_alphabetic())
                    .map(|c| word(&c.to_string(), &c.to_string())),
            );
            continue;
        }
        out.push(word(token, folded_token));
    }
    joined::surnames_joined(&out).unwrap_or(out)
}

/// Most words of a name that are looked at.
const MOST_WORDS: usize = 8;

/// A name field without what names nobody: addresses, numbers; and with the two parts of a surname brought together,
/// `Римский - Корсаков`.
fn of_names(text: &str) -> String {
    let is_number = |t: &str| text::digits(t).len() >= 5;
    let mut out: Vec<String> = Vec::new();
    let mut hyphen = false;
    for token in text.split(' ').filter(|t| !t.contains('@') && !is_number(t)) {
        let bare = token.trim_matches('-');
        let hangs = hyphen || token.starts_with('-');
        hyphen = token.ends_with('-');
        if bare.is_empty() {
            continue;
        }
        let family = |t: &str| roles::surname_gender(&text::script::fold_word(t)).is_some();
        match out.last_mut() {
            Some(previous) if hangs && family(previous) && family(bare) => {
                *previous = format!("{}-{bare}", previous.trim_end_matches('-'));
            }
            _ => out.push(token.to_owned()),
        }
    }
    out.join(" ")
}

/// Whether a token is how a person is addressed, no name: `г-жа Иванова`, `Mr Petrov`. The short ones only before the
/// name: after a surname two letters are initials.
fn is_address(token: &str, first: bool) -> bool {
    const WORDS: &[&str] = &[
        "г-н",
        "г-жа",
        "г-ну",
        "г-же",
        "г-на",
        "г-жи",
        "гр-н",
        "гр-ка",
        "гр-нка",
        "гражданин",
        "гражданка",
        "господин",
        "госпожа",
        "господину",
        "госпоже",
        "уважаемый",
        "уважаемая",
        "мистер",
        "миссис",
        "mister",
    ];
    const SHORT: &[&str] = &["гр", "ув", "mr", "mrs", "ms", "miss"];
    let lower = token.to_lowercase();
    WORDS.contains(&lower.as_str()) || first && SHORT.contains(&lower.as_str())
}

/// Whether the parts of a name were typed in the wrong keyboard layout, `Bdfyjdf Vfhbz`: read the other way they
/// hold more names, patronymics and surnames than as Latin.
pub(super) fn in_other_layout(parts: &[&str]) -> bool {
    let text = parts.join(" ");
    if text.chars().any(text::script::is_cyrillic) || !text.chars().any(|c| c.is_ascii_alphabetic()) {
        return false;
    }
    let named = |t: &str| -> usize {
        let folded = |w: &str| text::script::fold_word(w);
        let names = |w: &String| {
            let known = w.chars().count() >= 3 && given_names::look_up(w).is_some_and(|k| k.exact);
            let slip = w.chars().count() >= 5 && given_names::nearest(w).is_some();
            let surname = roles::surname_gender(w).is_some() && w.chars().count() >= 5;
            usize::from(known) * 3
                + usize::from(roles::is_patronymic(w)) * 3
                + usize::from(surname) * 2
                + usize::from(slip)
        };
        t.split([' ', ';']).map(folded).map(|w| names(&w)).sum()
    };
    named(&text::script::other_layout(&text)) > named(&text)
}

/// `Bdfyjd F.F.` without its full stops, which the other layout has letters for.
fn initials_apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = 0;
    for c in text.chars() {
        let ends_initial = c == '.' && letters == 1;
        letters = if c.is_alphabetic() { letters + 1 } else { 0 };
        out.push(if ends_initial { ' ' } else { c });
    }
    out
}

/// `ИвановаМарияПетровна`: a capital after two small letters begins a word.
fn unglued(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut small = 0;
    for c in text.chars() {
        if c.is_uppercase() && small >= 2 && text::script::is_cyrillic(c) {
            out.push(' ');
        }
        small = if c.is_lowercase() { small + 1 } else { 0 };
        out.push(c);
    }
    out
}

fn word(token: &str, folded: &str) -> Word {
    let mut letters = folded.chars();
    let initial = match (letters.next(), letters.next()) {
        (Some(c), None) => c.to_uppercase().next(),
        _ => None,
    };
    let known = given_names::look_up(folded);
    let named = known.as_ref().is_some_and(|k| k.exact);
    Word {
        shown: readable(token),
        given: known.or_else(|| {
            // A short word is one slip from too many names to tell its place by it.
            let long = folded.chars().count() >= 4;
            long.then(|| given_names::nearest(folded)).flatten()
        }),
        patronymic: roles::is_patronymic(folded) || !named && patronymics::misspelt(folded).is_some(),
        son: folded.ends_with("ич") && roles::is_patronymic(folded),
        fatherless: ["ович", "евич"].iter().any(|end| folded.ends_with(end))
            && !patronymics::has_father(folded),
        surname_like: roles::looks_like_surname(folded),
        gendered_surname: roles::surname_gender(folded).is_some(),
        initial,
    }
}

/// Title case, with look-alike letters repaired when a word mixes scripts; Latin words stay Latin.
fn readable(token: &str) -> String {
    let cyrillic = token.chars().any(text::script::is_cyrillic);
    let repair = |c| {
        if cyrillic {
            text::script::latin_to_cyrillic_look(c).unwrap_or(c)
        } else {
            c
        }
    };
    let kept: String = token
        .chars()
        .map(repair)
        .filter(|c| c.is_alphanumeric() || *c == '-' || *c == '\'')
        .collect();
    text::title_case(kept.trim_matches(['-', '\'']))
}
