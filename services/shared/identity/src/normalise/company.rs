//! Company names: legal form apart from the name proper, sole proprietors apart from companies.

use serde::{Deserialize, Serialize};

use super::name::{self, PersonName};
use crate::text::{self, phonetic, script::fold_word};

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

/// Long forms first. Folded words on the left.
const LONG_FORMS: &[(&str, &str)] = &[
    ("общество с ограниченной ответственностью", "ООО"),
    ("публичное акционерное общество", "ПАО"),
    ("непубличное акционерное общество", "НАО"),
    ("закрытое акционерное общество", "ЗАО"),
    ("открытое акционерное общество", "ОАО"),
    ("акционерное общество", "АО"),
    ("индивидуальный предприниматель", "ИП"),
    ("товарищество с ограниченной ответственностью", "ТОО"),
    ("муниципальное унитарное предприятие", "МУП"),
    ("государственное унитарное предприятие", "ГУП"),
];
const SHORT_FORMS: &[&str] = &[
    "ооо",
    "оао",
    "зао",
    "пао",
    "нао",
    "ао",
    "ип",
    "чп",
    "пбоюл",
    "тоо",
    "гуп",
    "муп",
    "фгуп",
    "гбу",
    "мбу",
    "фгбу",
    "гку",
    "мку",
    "ано",
    "нко",
    "снт",
    "тсж",
    "гск",
    "одо",
    "зао",
    "кфх",
    "фку",
    "мбоу",
    "гбоу",
    "гбуз",
    "llc",
    "ltd",
    "ooo",
    "oao",
    "zao",
    "pao",
    "ao",
    "ip",
    "jsc",
];

/// Short form in capitals when the word is one, in either alphabet.
fn short_form(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    if !SHORT_FORMS.contains(&lower.as_str()) && !SHORT_FORMS.contains(&fold_word(word).as_str()) {
        return None;
    }
    Some(match lower.as_str() {
        "llc" | "ltd" | "ooo" => "ООО".to_owned(),
        "jsc" | "ao" => "АО".to_owned(),
        "oao" => "ОАО".to_owned(),
        "zao" => "ЗАО".to_owned(),
        "pao" => "ПАО".to_owned(),
        "ip" | "чп" | "пбоюл" => "ИП".to_owned(),
        _ => fold_word(word).to_uppercase(),
    })
}

/// Words of a name: quotes, dashes and punctuation part them.
fn split_words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '&'))
        .filter(|w| !w.is_empty())
        .take(24)
        .collect()
}

/// Whether a text in a person's field is a company: it begins or ends with a legal form.
pub fn looks_like_company(raw: &str) -> bool {
    let cleaned = text::clean(raw);
    let words = split_words(&cleaned);
    let folded = words.iter().map(|w| fold_word(w)).collect::<Vec<_>>().join(" ");
    if LONG_FORMS.iter().any(|(long, _)| folded.starts_with(long)) {
        return true;
    }
    let form_like = |w: Option<&&str>| w.is_some_and(|w| w.chars().count() > 1 && short_form(w).is_some());
    // `Иванов АО`, `Петров ИП`: two initials after a surname, not a form after a name.
    let initials = words.len() == 2
        && words[1].chars().count() == 2
        && super::name_roles::surname_gender(&fold_word(words[0])).is_some();
    words.len() > 1 && (form_like(words.first()) || (form_like(words.last()) && !initials))
}

/// Reads a company name. `None` when nothing but punctuation or a bare legal form was given.
pub fn parse(raw: &str) -> Option<CompanyName> {
    let display = text::clean(raw);
    let words = split_words(&display);
    let mut folded: Vec<String> = words
        .iter()
        .map(|w| fold_word(w))
        .filter(|w| !w.is_empty())
        .collect();
    let joined = folded.join(" ");
    let mut form = None;
    let mut rest_of_display = display.as_str();
    if let Some((long, short)) = LONG_FORMS.iter().find(|(long, _)| joined.starts_with(long)) {
        form = Some((*short).to_owned());
        let count = long.split(' ').count();
        folded.drain(..count.min(folded.len()));
        rest_of_display = after_words(&display, &words, count);
    } else if let Some(short) = words.first().and_then(|w| short_form(w)) {
        form = Some(short);
        folded.remove(0);
        rest_of_display = after_words(&display, &words, 1);
    } else if words.len() > 1
        && let Some(short) = words.last().and_then(|w| short_form(w))
    {
        form = Some(short);
        folded.pop();
        rest_of_display = words
            .last()
            .and_then(|w| display.rfind(w))
            .map_or("", |at| &display[..at]);
    }
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
            .then(|| name::parse(rest_of_display))
            .filter(|p| !p.is_empty()),
        sole_proprietor,
        form,
        core,
        display,
    })
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
mod tests {
    use super::{looks_like_company, parse};

    #[test]
    fn form_and_core_part() {
        for typed in [
            "ООО «Ромашка-Плюс»",
            "Ромашка плюс ООО",
            "OOO \"РОМАШКА Плюс\"",
            "Общество с ограниченной ответственностью Ромашка-плюс",
            "ооо\"Ромашка-Плюс\"",
        ] {
            let company = parse(typed).unwrap();
            assert_eq!(
                (company.form.as_deref(), company.core.as_str()),
                (Some("ООО"), "ромашка плюс"),
                "{typed}"
            );
        }
        let trader = parse("ИП Иванова М.П.").unwrap();
        assert!(trader.sole_proprietor);
        assert_eq!(trader.person.unwrap().surname.as_deref(), Some("Иванова"));
        assert_eq!(parse("ООО"), None);
        assert!(looks_like_company("АО Вектор"));
        for person in ["Иванов Иван", "Иванов ИП", "Петрова АО"] {
            assert!(!looks_like_company(person), "{person}");
        }
    }
}
