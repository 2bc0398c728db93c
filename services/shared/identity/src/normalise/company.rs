//! Company names: legal form apart from the name proper, sole proprietors apart from companies.

mod forms;

use serde::{Deserialize, Serialize};

use super::name::{self, PersonName};
use crate::text::{self, phonetic, script::fold_word};
use forms::{form_behind, long_form, short_form};

/// A company's or sole proprietor's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyName {
    /// As typed, cleaned.
    pub display: String,
    /// Short legal form in Cyrillic, `ООО`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Name proper: folded words without form, quotes and dashes; `ромашка плюс`.
    pub core: String,
    /// The same by sound.
    pub sound: String,
    /// ИП: a person who trades; a client of its own, related to the person.
    pub sole_proprietor: bool,
    /// The trading person, for sole proprietors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonName>,
}

/// Words of a name: quotes, dashes and punctuation part them.
fn split_words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '&'))
        .filter(|w| !w.is_empty())
        .take(24)
        .collect()
}

/// A text with the full stops of `О.О.О.` gone where these letters are a form, before other words.
fn without_stops(text: &str) -> String {
    let Some(first) = text
        .split(' ')
        .next()
        .filter(|first| first.matches('.').count() >= 2)
    else {
        return text.to_owned();
    };
    // `О.О.О.«Ромашка»` keeps its name.
    let until = first
        .find(|c: char| !c.is_alphanumeric() && c != '.')
        .or_else(|| first.rfind('.').map(|at| at + 1))
        .unwrap_or(first.len());
    let (stopped, rest) = text.split_at(until);
    let bare: String = stopped.chars().filter(|c| *c != '.').collect();
    match bare.chars().count() >= 3 && short_form(&bare).is_some() {
        true => format!("{bare} {rest}"),
        false => text.to_owned(),
    }
}

/// `Шевченко АО`, `Ким ИП`: a bare word and two letters, of which a form as a rule would stand in front.
fn is_surname_and_initials(text: &str, words: &[&str]) -> bool {
    let [name, initials] = words else { return false };
    let folded = fold_word(name);
    let plain = super::name_roles::surname_gender(&folded).is_some();
    let surname = super::name_roles::looks_like_surname(&folded) || OTHER_SURNAMES.contains(&folded.as_str());
    let quoted = text.contains(['"', '«', '»', '“', '”', '„', '\'']);
    let capitals = initials.chars().all(char::is_uppercase);
    let pair = initials.chars().count() == 2;
    pair && !quoted && (plain || surname && capitals)
}

/// Common surnames that no ending shows.
const OTHER_SURNAMES: &[&str] = &[
    "ким",
    "цой",
    "пак",
    "ли",
    "хан",
    "тен",
    "шин",
    "юн",
    "чен",
    "хегай",
    "мельник",
    "резник",
    "гончар",
    "бондарь",
    "коваль",
    "ткач",
    "швец",
    "соловей",
    "воробей",
    "мороз",
    "вагнер",
    "миллер",
    "шульц",
    "шмидт",
    "гусь",
];

/// Whether a text in a person's field is a company: it begins or ends with a legal form.
pub fn looks_like_company(raw: &str) -> bool {
    let cleaned = without_stops(&text::clean(raw));
    let words = split_words(&cleaned);
    if long_form(&words, false).is_some() || long_form(&words, true).is_some_and(|(_, n)| n < words.len()) {
        return true;
    }
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    words.len() > 1
        && (first.chars().count() > 1 && short_form(first).is_some()
            || form_behind(last).is_some() && !is_surname_and_initials(&cleaned, &words))
}

/// Reads a company name. `None` when nothing but punctuation or a bare legal form was given.
pub fn parse(raw: &str) -> Option<CompanyName> {
    let display = text::clean(raw);
    let stopless = without_stops(&display);
    let mut words = split_words(&stopless);
    let mut form = None;
    let mut rest = stopless.as_str();
    if let Some((short, count)) = long_form(&words, false) {
        rest = after_words(rest, &words, count);
        words.drain(..count);
        form = Some(short.to_owned());
    } else if let Some(short) = words.first().and_then(|w| short_form(w)) {
        rest = after_words(rest, &words, 1);
        words.remove(0);
        form = Some(short);
    } else if let Some((short, count)) = long_form(&words, true).filter(|(_, n)| *n < words.len()) {
        words.truncate(words.len() - count);
        rest = until_words(rest, &words);
        form = Some(short.to_owned());
    } else if words.len() > 1
        && let Some(short) = words.last().and_then(|w| form_behind(w))
    {
        words.pop();
        rest = until_words(rest, &words);
        form = Some(short);
    }
    if form.as_deref() == Some("ИП") {
        let head = head_of_farm(&words);
        rest = after_words(rest, &words, head);
        words.drain(..head);
    }
    let folded: Vec<String> = words
        .iter()
        .map(|w| fold_word(w))
        .filter(|w| !w.is_empty())
        .collect();
    let core = folded.join(" ");
    if core.is_empty() {
        return None;
    }
    let sole_proprietor = form.as_deref() == Some("ИП");
    Some(CompanyName {
        sound: folded
            .iter()
            .map(|w| phonetic::key(w))
            .collect::<Vec<_>>()
            .join(" "),
        person: sole_proprietor
            .then(|| name::parse(rest))
            .filter(|p| !p.is_empty()),
        sole_proprietor,
        form,
        core,
        display,
    })
}

/// How many words of `ИП Глава КФХ Иванов` say only that he farms.
fn head_of_farm(words: &[&str]) -> usize {
    let head = usize::from(words.first().is_some_and(|w| fold_word(w).starts_with("глав")));
    let behind = words.get(head..).unwrap_or_default();
    match long_form(behind, false) {
        Some(("КФХ", count)) => return head + count,
        Some(_) => return 0,
        None => {}
    }
    // `крестьянского (фермерского) хозяйства` after its head.
    let farm = ["крестьянск", "фермерск", "хозяйств"];
    let many = behind
        .iter()
        .take_while(|w| farm.iter().any(|stem| fold_word(w).starts_with(stem)))
        .count();
    // `К(Ф)Х` is three words by its brackets.
    let letters: String = behind.iter().take(3).map(|w| fold_word(w)).collect();
    if letters == "кфх" {
        return head + 3;
    }
    let short = behind
        .first()
        .is_some_and(|w| short_form(w).as_deref() == Some("КФХ"));
    match many.max(usize::from(short)) {
        0 => 0,
        many => head + many,
    }
}

/// What stands before the form behind a name.
fn until_words<'a>(text: &'a str, words: &[&str]) -> &'a str {
    let behind = after_words(text, words, words.len());
    text.strip_suffix(behind).unwrap_or(text)
}

fn after_words<'a>(display: &'a str, words: &[&str], count: usize) -> &'a str {
    let mut rest = display;
    for word in words.iter().take(count) {
        if let Some(at) = rest.find(word) {
            rest = &rest[at + word.len()..];
        }
    }
    rest
}

#[cfg(test)]
mod tests;
