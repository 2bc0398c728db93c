//! Legal forms of companies, long and short, in either alphabet.

use crate::text::script::{fold_word, latin_to_cyrillic_look};

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
    ("федеральное государственное унитарное предприятие", "ФГУП"),
    ("муниципальное унитарное предприятие", "МУП"),
    ("государственное унитарное предприятие", "ГУП"),
    ("федеральное государственное бюджетное учреждение", "ФГБУ"),
    ("федеральное казенное учреждение", "ФКУ"),
    ("государственное бюджетное учреждение", "ГБУ"),
    ("государственное казенное учреждение", "ГКУ"),
    ("муниципальное бюджетное учреждение", "МБУ"),
    ("муниципальное казенное учреждение", "МКУ"),
    ("автономная некоммерческая организация", "АНО"),
    ("некоммерческая организация", "НКО"),
    ("товарищество собственников жилья", "ТСЖ"),
    ("товарищество собственников недвижимости", "ТСН"),
    ("садоводческое некоммерческое товарищество", "СНТ"),
    ("садовое некоммерческое товарищество", "СНТ"),
    ("крестьянское фермерское хозяйство", "КФХ"),
    ("сельскохозяйственный производственный кооператив", "СПК"),
    ("гаражно-строительный кооператив", "ГСК"),
    ("гаражно строительный кооператив", "ГСК"),
    ("гаражный строительный кооператив", "ГСК"),
    ("производственный кооператив", "ПК"),
    ("потребительский кооператив", "ПК"),
    ("частное охранное предприятие", "ЧОП"),
    ("частная охранная организация", "ЧОО"),
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
    "тсн",
    "гск",
    "спк",
    "пк",
    "чоп",
    "чоо",
    "одо",
    "кфх",
    "фку",
    "мбоу",
    "гбоу",
    "гбуз",
];
/// Foreign forms, and Russian ones by their sound, with what they are; `Limited` and its kin among them.
const LATIN_FORMS: &[(&str, &str)] = &[
    ("llc", "ООО"),
    ("ltd", "ООО"),
    ("limited", "ООО"),
    ("gmbh", "ООО"),
    ("ooo", "ООО"),
    ("jsc", "АО"),
    ("inc", "АО"),
    ("incorporated", "АО"),
    ("corp", "АО"),
    ("corporation", "АО"),
    ("ao", "АО"),
    ("cjsc", "ЗАО"),
    ("zao", "ЗАО"),
    ("ojsc", "ОАО"),
    ("oao", "ОАО"),
    ("pjsc", "ПАО"),
    ("pao", "ПАО"),
    ("ip", "ИП"),
];
/// The same in several words, as typed in small letters.
const LATIN_LONG: &[(&str, &str)] = &[
    ("limited liability company", "ООО"),
    ("gesellschaft mit beschränkter haftung", "ООО"),
    ("public joint stock company", "ПАО"),
    ("closed joint stock company", "ЗАО"),
    ("open joint stock company", "ОАО"),
    ("joint stock company", "АО"),
    ("co ltd", "ООО"),
];
/// Forms that only stand in front: behind a name they are as often initials, or a part of it.
const IN_FRONT: &[&str] = &["пк"];

/// A form of several words with which the words begin or end, and of how many it is.
pub(super) fn long_form(words: &[&str], at_end: bool) -> Option<(&'static str, usize)> {
    let fits = |long: &str, folded: &dyn Fn(&str) -> String| {
        let count = long.split(' ').count();
        let part = match at_end {
            true => words.get(words.len().checked_sub(count)?..),
            false => words.get(..count),
        };
        let part = part?.iter().map(|w| folded(w)).collect::<Vec<_>>().join(" ");
        (part == long).then_some(count)
    };
    let russian = LONG_FORMS
        .iter()
        .find_map(|(long, short)| Some((*short, fits(long, &|w| fold_word(w))?)));
    let foreign = LATIN_LONG
        .iter()
        .find_map(|(long, short)| Some((*short, fits(long, &|w| w.to_lowercase())?)));
    russian.or(foreign)
}

/// Short form in capitals when the word is one, in either alphabet; a 3 and a 0 stand for З and О.
pub(super) fn short_form(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    if let Some((_, form)) = LATIN_FORMS.iter().find(|(latin, _)| *latin == lower) {
        return Some((*form).to_owned());
    }
    let alike = word.to_uppercase();
    let alike: String = alike
        .chars()
        .map(|c| match c {
            '3' => 'З',
            '0' => 'О',
            c => latin_to_cyrillic_look(c).unwrap_or(c),
        })
        .flat_map(char::to_lowercase)
        .collect();
    let form = [fold_word(word), alike]
        .into_iter()
        .find(|form| SHORT_FORMS.contains(&form.as_str()))?;
    Some(match form.as_str() {
        "ип" | "чп" | "пбоюл" => "ИП".to_owned(),
        _ => form.to_uppercase(),
    })
}

/// The same of the last word.
pub(super) fn form_behind(word: &str) -> Option<String> {
    short_form(word).filter(|_| !IN_FRONT.contains(&word.to_lowercase().as_str()))
}
