//! Words of an address: streets, places, houses, and numbers that are a part of a name.

use crate::text::script::{fold_word, latin_to_cyrillic_look};

pub(super) const STREET_TYPES: &[&str] = &[
    "ул",
    "улица",
    "пр",
    "проспект",
    "просп",
    "пркт",
    "пр-кт",
    "пр-т",
    "прт",
    "пер",
    "переулок",
    "ш",
    "шоссе",
    "бул",
    "бульвар",
    "б-р",
    "бр",
    "наб",
    "набережная",
    "пл",
    "площадь",
    "проезд",
    "пр-д",
    "тупик",
    "мкр",
    "микрорайон",
    "аллея",
    "линия",
    "квартал",
    "кв-л",
    "мкрн",
    "мкр-н",
    "м-н",
    "комплекс",
    "просека",
];
pub(super) const PLACE_TYPES: &[&str] = &[
    "г",
    "город",
    "гор",
    "обл",
    "область",
    "край",
    "респ",
    "республика",
    "район",
    "р-н",
    "пос",
    "поселок",
    "пгт",
    "с",
    "село",
    "дер",
    "деревня",
    "россия",
    "рф",
    "снт",
];

/// Words for a town or a village.
pub(super) const TOWNS: &[&str] = &[
    "г",
    "город",
    "гор",
    "пос",
    "поселок",
    "пгт",
    "с",
    "село",
    "дер",
    "деревня",
];

/// Words for what is larger than a town.
pub(super) const REGIONS: &[&str] = &[
    "обл",
    "область",
    "край",
    "респ",
    "республика",
    "район",
    "р-н",
    "россия",
    "рф",
];
/// Streets and quarters that have a number for a name, each with its one writing.
const NUMBERED: &[(&str, &str)] = &[
    ("мкр", "мкр"),
    ("мкрн", "мкр"),
    ("мкр-н", "мкр"),
    ("м-н", "мкр"),
    ("микрорайон", "мкр"),
    ("комплекс", "мкр"),
    ("квартал", "квартал"),
    ("кв-л", "квартал"),
    ("линия", "линия"),
    ("просека", "просека"),
    ("проезд", "проезд"),
];
/// Words a number of a house stands behind.
pub(super) const HOUSES: &[&str] = &["д", "дом", "вл", "владение", "домовладение"];
pub(super) const FLATS: &[&str] = &[
    "кв",
    "квартира",
    "оф",
    "офис",
    "ком",
    "комната",
    "пом",
    "помещение",
];
pub(super) const BUILDINGS: &[&str] = &["к", "корп", "корпус", "стр", "строение", "с"];
pub(super) const LETTERS: &[&str] = &["лит", "литер", "литера"];
/// Words for the way to a flat: their numbers are neither a house nor a flat.
pub(super) const WAYS: &[&str] = &["подъезд", "под", "эт", "этаж", "домофон", "код"];
/// Endings of ordinals written behind their number; joined to it only those that are no letter of a house.
const ENDINGS: &[&str] = &[
    "я", "й", "ая", "яя", "ый", "ой", "ий", "го", "ого", "ей", "е", "ое", "х",
];
const ENDINGS_JOINED: &[&str] = &["я", "й", "ая", "ый", "ой", "ий", "го", "ого"];
const MONTHS: &[&str] = &[
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// Before a number that is surely a part of a name: `°8 марта`.
const NAMED: char = '°';

/// The one writing of a type of streets that have numbers for names.
pub(super) fn numbered(token: &str) -> Option<&'static str> {
    NUMBERED
        .iter()
        .find(|(typed, _)| *typed == token)
        .map(|(_, one)| *one)
}

/// Whether a token begins with a digit and is not surely a part of a name.
pub(super) fn is_number(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_digit())
}

/// The number of a name, or of a house.
pub(super) fn any_number(token: &str) -> Option<&str> {
    let bare = token.strip_prefix(NAMED).unwrap_or(token);
    is_number(bare).then_some(bare)
}

/// Lower-case words and numbers; a dash between numbers stays as a token of its own.
pub(super) fn tokens(segment: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in segment.split([' ', '.']) {
        if word == "-" {
            out.push(word.to_owned());
        } else {
            split(word.trim_matches(|c: char| !c.is_alphanumeric()), &mut out);
        }
    }
    out.retain(|t| !t.is_empty());
    name_numbers(&mut out);
    out
}

/// Marks the numbers of `8 Марта`, `40 лет Победы`, `1905 года`.
fn name_numbers(out: &mut Vec<String>) {
    for i in 1..out.len() {
        let (Some(number), Some(next)) = (out.get(i - 1), out.get(i)) else {
            continue;
        };
        let day = number.parse::<u32>().is_ok_and(|n| (1..=31).contains(&n));
        let counted = next.starts_with("лет") || matches!(next.as_str(), "год" | "года");
        if is_number(number) && (day && MONTHS.contains(&next.as_str()) || counted) {
            out[i - 1].insert(0, NAMED);
        }
        if out[i].starts_with("лет") {
            out[i] = "лет".to_owned();
        }
    }
    out.retain(|t| !matches!(t.as_str(), "год" | "года"));
}

/// `д3кв5` and `44к2-201` in their parts; a word without digits is one.
fn split(word: &str, out: &mut Vec<String>) {
    let mut rest = word;
    while !rest.is_empty() {
        let letters_end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (letters, after) = rest.split_at(letters_end);
        let folded = fold(letters);
        if !letters.is_empty() {
            let marks = is_mark(&folded) || numbered(&folded).is_some();
            if is_number(after) && marks {
                out.push(folded);
                rest = after;
                continue;
            }
            out.push(fold(rest));
            return;
        }
        if !is_number(rest) {
            if rest.starts_with('-') {
                out.push("-".to_owned());
            }
            let mut chars = rest.chars();
            chars.next();
            rest = chars.as_str();
            continue;
        }
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '/')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        rest = behind_number(number, after, out);
    }
}

/// Puts a number and the letters behind it, `3А`, `3-я`, `50-летия`, `3корп`; answers what is left.
fn behind_number<'w>(number: &str, after: &'w str, out: &mut Vec<String>) -> &'w str {
    let (dash, apart) = match after.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, after),
    };
    let end = apart.find(|c: char| !c.is_alphabetic()).unwrap_or(apart.len());
    let (letters, left) = apart.split_at(end);
    let folded = fold(letters);
    let plain = number.trim_matches('/');
    let endings = if dash { ENDINGS } else { ENDINGS_JOINED };
    if folded.starts_with("лет") || endings.contains(&folded.as_str()) && !plain.contains('/') {
        out.push(format!("{NAMED}{plain}"));
        if folded.starts_with("лет") {
            out.push("лет".to_owned());
        }
        return left;
    }
    if letters.is_empty() || is_mark(&folded) && (folded != "с" || is_number(left)) {
        out.push(plain.to_owned());
        if !letters.is_empty() {
            out.push(folded);
            return left;
        }
        return after;
    }
    if dash && folded.chars().count() > 1 {
        out.push(plain.to_owned());
        return after;
    }
    out.push(format!("{plain}{folded}"));
    left
}

fn is_mark(folded: &str) -> bool {
    [HOUSES, FLATS, BUILDINGS, LETTERS, WAYS]
        .iter()
        .any(|list| list.contains(&folded))
}

/// Letters of a house by their look: in `3B` it is the Cyrillic letter, whatever the keyboard.
fn fold(word: &str) -> String {
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(c), None) => fold_word(&latin_to_cyrillic_look(c).unwrap_or(c).to_string()),
        _ => fold_word(word),
    }
}
