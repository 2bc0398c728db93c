//! Postal addresses, as far as identity needs them: street, house, flat.

use serde::{Deserialize, Serialize};

use crate::text::{self, phonetic, script::fold_word};

/// What could be read out of an address. Empty strings are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// As typed, cleaned.
    pub display: String,
    /// Street words by sound, sorted, without `ул.` and the like.
    pub street: String,
    /// House with building, `154к1`.
    pub house: String,
    pub flat: String,
}

const STREET_TYPES: &[&str] = &[
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
];
const PLACE_TYPES: &[&str] = &[
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
const TOWNS: &[&str] = &[
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

/// Reads an address in one line. `None` when neither street nor house was found.
pub fn parse(raw: &str) -> Option<Address> {
    let display = text::clean(raw);
    let segments: Vec<Vec<String>> = display.split(',').map(tokens).take(12).collect();
    let at = segments
        .iter()
        .position(|s| !is_place(s) && s.iter().enumerate().any(|(i, _)| house_at(s, i)))?;
    let segment = segments.get(at)?;
    let first_number = (0..segment.len()).find(|i| house_at(segment, *i))?;
    let mut street = street_words(segment.get(..first_number)?);
    if street.is_empty() && at > 0 {
        street = segments.get(at - 1).map(|s| street_words(s)).unwrap_or_default();
    }
    if street.is_empty() {
        return None;
    }
    street.sort();
    let mut rest: Vec<String> = segment.get(first_number..)?.to_vec();
    for later in segments.iter().skip(at + 1) {
        rest.extend(later.iter().cloned());
    }
    let (house, flat) = house_and_flat(&rest);
    Some(Address {
        display,
        street: street.join(" "),
        house,
        flat,
    })
}

/// Words for what is larger than a town.
const REGIONS: &[&str] = &[
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
/// Longest name of a town, in words.
const TOWN_WORDS: usize = 3;

/// The town an address names, folded: «г. Казань», or the words before the street that are no region's.
pub fn town(raw: &str) -> Option<String> {
    let display = text::clean(raw);
    let segments: Vec<Vec<String>> = display.split(',').map(tokens).take(12).collect();
    for segment in &segments {
        let typed = segment.iter().position(|t| TOWNS.contains(&t.as_str()));
        let named = segment.iter().skip(typed.map_or(segment.len(), |at| at + 1));
        let town =
            town_of(named.take_while(|t| !STREET_TYPES.contains(&t.as_str()) && !starts_with_digit(t)));
        if town.is_some() {
            return town;
        }
    }
    let at = segments
        .iter()
        .position(|s| s.iter().enumerate().any(|(i, _)| house_at(s, i)))?;
    // The street may stand in a segment of its own, before the house.
    let segment = segments.get(at)?;
    let number = (0..segment.len()).find(|i| house_at(segment, *i))?;
    let street_before = street_words(segment.get(..number)?).is_empty();
    segments
        .iter()
        .take(at.saturating_sub(usize::from(street_before)))
        .rev()
        .filter(|s| {
            !s.iter()
                .any(|t| starts_with_digit(t) || REGIONS.contains(&t.as_str()))
        })
        .find_map(|s| town_of(s.iter()))
}

fn town_of<'t>(words: impl Iterator<Item = &'t String>) -> Option<String> {
    let words: Vec<&str> = words.map(String::as_str).collect();
    let letters: usize = words.iter().map(|w| w.chars().count()).sum();
    let fits = (1..=TOWN_WORDS).contains(&words.len()) && letters >= 3;
    let street = words.iter().any(|w| STREET_TYPES.contains(w));
    (fits && !street).then(|| words.join(" "))
}

/// Lower-case words and numbers; a dash between numbers stays as a token of its own.
fn tokens(segment: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in segment.split([' ', '.']).filter(|w| !w.is_empty()) {
        let begins_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
        if begins_with_digit || word == "-" {
            for (i, part) in word.split('-').enumerate() {
                if i > 0 {
                    out.push("-".to_owned());
                }
                out.push(part.to_lowercase());
            }
        } else {
            out.push(fold_word(word));
        }
    }
    out.retain(|t| !t.is_empty());
    out
}

fn starts_with_digit(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_digit())
}

/// A number that can be a house: not a postcode, not the 50 of «50 лет Октября».
fn house_at(segment: &[String], i: usize) -> bool {
    let Some(token) = segment.get(i) else { return false };
    let ordinal = segment
        .get(i + 1)
        .is_some_and(|n| matches!(n.as_str(), "лет" | "летия" | "-"));
    let lives_on = segment.get(i + 2).is_some_and(|n| starts_with_digit(n));
    let month = segment
        .get(i + 1)
        .is_some_and(|n| ["марта", "мая", "января", "октября"].contains(&n.as_str()));
    starts_with_digit(token) && text::digits(token).len() <= 4 && (!ordinal || lives_on) && !month
}

fn is_place(segment: &[String]) -> bool {
    let has = |list: &[&str]| segment.iter().any(|t| list.contains(&t.as_str()));
    has(PLACE_TYPES) && !has(STREET_TYPES) && !segment.iter().any(|t| starts_with_digit(t))
}

fn street_words(segment: &[String]) -> Vec<String> {
    // After the last «г. Москва» of an address without commas, the street begins at its type.
    let from = segment
        .iter()
        .position(|t| STREET_TYPES.contains(&t.as_str()))
        .filter(|at| {
            *at > 1
                && segment
                    .iter()
                    .take(*at)
                    .any(|t| PLACE_TYPES.contains(&t.as_str()))
        })
        .unwrap_or(0);
    segment
        .iter()
        .skip(from)
        .filter(|t| !STREET_TYPES.contains(&t.as_str()) && !PLACE_TYPES.contains(&t.as_str()))
        .filter(|t| !matches!(t.as_str(), "д" | "дом" | "-" | "вл" | "владение") && text::digits(t).len() < 6)
        .map(|t| phonetic::key(t))
        .filter(|t| !t.is_empty())
        .collect()
}

fn house_and_flat(rest: &[String]) -> (String, String) {
    let (mut house, mut flat) = (String::new(), String::new());
    let mut mark = "";
    for token in rest {
        if !starts_with_digit(token) {
            mark = match token.as_str() {
                "кв" | "квартира" | "оф" | "офис" | "ком" | "-" => "flat",
                "к" | "корп" | "корпус" | "стр" | "строение" => "building",
                "д" | "дом" => "house",
                _ => mark,
            };
            continue;
        }
        let value: String = token
            .chars()
            .map(|c| if c == 'k' { 'к' } else { c })
            .take(12)
            .collect();
        if house.is_empty() {
            house = value.replace('/', "к");
        } else if mark == "flat" && flat.is_empty() {
            flat = value;
        } else if mark == "building" {
            house = format!("{house}к{value}");
        }
        mark = "";
    }
    (house, flat)
}

#[cfg(test)]
mod tests {
    use super::{parse, town};

    #[test]
    fn layouts_meet() {
        let typed = [
            "г. Москва, ул. Полевая, д. 44, корп. 2, кв. 201",
            "Полевая 44к2-201",
            "Полевая ул. 44/2 - 201",
            "443657, г Москва, улица Полевая д.44 к.2 кв.201",
        ];
        for one in typed {
            let a = parse(one).unwrap();
            assert_eq!((a.house.as_str(), a.flat.as_str()), ("44к2", "201"), "{one}");
            assert_eq!(a.street, parse(typed[0]).unwrap().street, "{one}");
        }
        assert_eq!(parse("Москва"), None);
    }

    #[test]
    fn the_town_of_an_address() {
        for (typed, expected) in [
            ("г. Москва, ул. Полевая, д. 44", Some("москва")),
            (
                "443657, г Нижний Новгород улица Полевая д.44",
                Some("нижний новгород"),
            ),
            (
                "630000, Россия, Новосибирская область, Новосибирск, ул. Ленина, 5",
                Some("новосибирск"),
            ),
            ("Казань, Баумана, 5", Some("казань")),
            ("Полевая, 44", None),
            ("Полевая 44к2-201", None),
            ("", None),
        ] {
            assert_eq!(town(typed).as_deref(), expected, "{typed}");
        }
    }
}
