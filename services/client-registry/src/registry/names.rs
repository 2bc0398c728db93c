//! Names in the search box: every spelling a word may stand for, the whole in the order typed, and what may have been
//! meant where somebody mistyped.

use edina_identity::{
    NameToken,
    normalise::company,
    text::{distance, phonetic},
};

use crate::{
    client::search_terms::slips,
    store::{dictionary::Mistyped, reading::Reading},
};

/// Spellings of one word that are looked for.
const MOST_SPELLINGS: usize = 8;
/// Spellings of a whole name that are looked for.
const MOST_NAMES: usize = 40;
/// Words that one mistyped word is taken for.
const MOST_GUESSES: usize = 6;
/// Letters of a long word in which there is likely no slip.
const BEGINNING: usize = 5;
/// Letters that may differ, from so many letters on.
const SLIPS: [(usize, usize); 3] = [(8, 2), (4, 1), (0, 0)];

/// People and companies of this name; people with all the words in any order only if there are none.
pub(super) fn readings(query: &str, tokens: &[NameToken]) -> Vec<Reading> {
    let words: Vec<Vec<String>> = tokens.iter().map(spellings).collect();
    let of_company = match company_core(query) {
        Some(core) => core.split(' ').map(|word| vec![word.to_owned()]).collect(),
        None => words.clone(),
    };
    if words.is_empty() {
        return Vec::new();
    }
    let mut readings = Vec::new();
    let mut add = |kind: &'static str, last_resort: bool, words: Vec<Vec<String>>| {
        readings.push(Reading {
            kind,
            whole: false,
            last_resort,
            words,
        });
    };
    if words.len() > 1 {
        add("full", false, vec![whole_names(in_order(&words))]);
        add("company", false, rarest_first(of_company));
        let words = words.into_iter().filter(|word| !is_initial(word)).collect();
        add("name", true, rarest_first(words));
    } else {
        // `Гора` begins Горанин before it stands for Егор: everybody of that name would hide who begins so.
        let full: Vec<String> = tokens.iter().flat_map(|token| token.full_names.clone()).collect();
        let mut typed = words;
        for spellings in &mut typed {
            spellings.retain(|word| !full.contains(word));
        }
        add("name", false, typed);
        if !full.is_empty() {
            add("name", false, vec![full]);
        }
        add("company", false, rarest_first(of_company));
    }
    readings
}

/// What is typed as a company's name, without its legal form: by the words of that it is found.
fn company_core(query: &str) -> Option<String> {
    let company = company::parse(query).filter(|_| company::looks_like_company(query))?;
    Some(company.core)
}

/// What the dictionary is asked about each word.
pub(super) fn mistyped(tokens: &[NameToken]) -> Vec<Mistyped> {
    let ask = |token: &NameToken| {
        let typed = as_typed(token);
        let mut asked = Mistyped {
            slips: typed.iter().flat_map(|word| slips(word)).collect(),
            sounds: typed.iter().flat_map(|word| sounds(word)).collect(),
        };
        for texts in [&mut asked.slips, &mut asked.sounds] {
            texts.sort();
            texts.dedup();
        }
        asked
    };
    tokens.iter().map(ask).collect()
}

/// How the word begins to sound; of a long one also its first letters, for two slips may be in the rest.
fn sounds(word: &str) -> Vec<String> {
    let letters = word.chars().count();
    let beginning: String = word.chars().take(BEGINNING).collect();
    [(4, word), (8, beginning.as_str())]
        .into_iter()
        .filter(|(from, _)| letters >= *from)
        .map(|(_, text)| phonetic::key(text))
        .collect()
}

/// The name with each word taken for its nearest neighbours; nothing when no word has any.
pub(super) fn guesses(query: &str, tokens: &[NameToken], near: Vec<Vec<String>>) -> Vec<Reading> {
    let mut any = false;
    let words: Vec<Vec<String>> = tokens
        .iter()
        .zip(near)
        .map(|(token, near)| {
            let mut ranked: Vec<(usize, String)> = near
                .into_iter()
                .filter_map(|word| Some((distance_of(token, &word)?, word)))
                .collect();
            ranked.sort();
            any |= ranked.iter().any(|(distance, _)| *distance > 0);
            let mut words: Vec<String> = ranked
                .into_iter()
                .map(|(_, word)| word)
                .take(MOST_GUESSES)
                .collect();
            if words.is_empty() {
                words = spellings(token);
            }
            words
        })
        .collect();
    if !any {
        return Vec::new();
    }
    let reading = |kind: &'static str, last_resort: bool, words: Vec<Vec<String>>| Reading {
        kind,
        whole: false,
        last_resort,
        words,
    };
    let people = if words.len() > 1 {
        reading("full", false, vec![whole_names(in_order(&words))])
    } else {
        reading("name", false, words.clone())
    };
    let core = company_core(query);
    let of_company = tokens
        .iter()
        .zip(words)
        .filter(|(token, _)| {
            core.as_ref()
                .is_none_or(|core| core.split(' ').any(|word| word == token.folded))
        })
        .map(|(_, words)| words);
    let of_company = rarest_first(of_company.collect());
    let company = (!of_company.is_empty()).then(|| reading("company", false, of_company));
    std::iter::once(people).chain(company).collect()
}

/// How far the word is from what was typed: 0 the same, then slips, then what only sounds so or is its beginning.
fn distance_of(token: &NameToken, word: &str) -> Option<usize> {
    as_typed(token)
        .iter()
        .filter_map(|typed| {
            let letters = typed.chars().count();
            let allowed = SLIPS
                .iter()
                .find(|(from, _)| letters >= *from)
                .map_or(0, |(_, slips)| *slips);
            let edits = distance::edits(typed, word);
            if edits <= allowed {
                return Some(edits);
            }
            let (heard, said) = (phonetic::key(word), phonetic::key(typed));
            let alike = heard.starts_with(&said) || allowed > 0 && distance::edits(&heard, &said) <= 1;
            (letters >= 4 && alike).then(|| edits.min(letters) + 1)
        })
        .min()
}

/// The word as it was typed, and as it would be in the other keyboard layout.
fn as_typed(token: &NameToken) -> Vec<String> {
    // Everything further is a stem or a full form of these.
    let mut typed: Vec<String> = token
        .variants
        .iter()
        .take(1)
        .chain([&token.folded])
        .cloned()
        .collect();
    typed.dedup();
    typed
}

/// All spellings of a word with the other gender's form of a surname, the likeliest first.
fn spellings(token: &NameToken) -> Vec<String> {
    let mut spellings: Vec<String> = Vec::new();
    for word in &token.variants {
        for form in std::iter::once(word.clone()).chain(other_gender(word)) {
            if !spellings.contains(&form) {
                spellings.push(form);
            }
        }
    }
    spellings.truncate(MOST_SPELLINGS);
    spellings
}

/// The same surname of somebody of the other gender.
fn other_gender(surname: &str) -> Vec<String> {
    let swap = |from: &str, to: &[&str]| -> Option<Vec<String>> {
        let stem = surname.strip_suffix(from)?;
        (stem.chars().count() >= 2).then(|| to.iter().map(|end| format!("{stem}{end}")).collect())
    };
    ["ов", "ев", "ин", "ын"]
        .iter()
        .find_map(|end| {
            let hers = format!("{end}а");
            swap(end, &[&hers]).or_else(|| swap(&hers, &[end]))
        })
        .or_else(|| swap("ая", &["ий", "ый", "ой"]))
        .or_else(|| ["ий", "ый", "ой"].iter().find_map(|end| swap(end, &["ая"])))
        .unwrap_or_default()
}

/// The words one after another in the order typed, with all their spellings, the likeliest first.
fn whole_names(words: &[Vec<String>]) -> Vec<String> {
    let mut names: Vec<(usize, String)> = vec![(0, String::new())];
    for spellings in words {
        let mut longer: Vec<(usize, String)> = names
            .iter()
            .flat_map(|(rank, begun)| {
                (0..).zip(spellings).map(move |(n, word)| {
                    let gap = if begun.is_empty() { "" } else { " " };
                    (rank + n, format!("{begun}{gap}{word}"))
                })
            })
            .collect();
        longer.sort_by_key(|(rank, _)| *rank);
        longer.truncate(MOST_NAMES);
        names = longer;
    }
    names.into_iter().map(|(_, name)| name).collect()
}

/// The words up to the first initial: of `Иванов П. И.` the second letter begins no word of what follows.
fn in_order(words: &[Vec<String>]) -> &[Vec<String>] {
    let initial = words.iter().position(|word| is_initial(word));
    words
        .get(..initial.map_or(words.len(), |place| place + 1))
        .unwrap_or(words)
}

fn is_initial(spellings: &[String]) -> bool {
    spellings.iter().all(|word| word.chars().count() == 1)
}

/// The longest word is the rarest and comes first, for it drives the search.
fn rarest_first(mut words: Vec<Vec<String>>) -> Vec<Vec<String>> {
    words
        .sort_by_key(|spellings| std::cmp::Reverse(spellings.first().map_or(0, |word| word.chars().count())));
    words
}
