//! Postal addresses, as far as identity needs them: street, house, flat.

mod house;
mod words;

use serde::{Deserialize, Serialize};

use crate::text::{self, phonetic};
use words::{PLACE_TYPES, REGIONS, STREET_TYPES, TOWNS, any_number, is_number, numbered, tokens};

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

/// Most parts between commas.
const MAX_SEGMENTS: usize = 12;

fn segments(display: &str) -> Vec<Vec<String>> {
    display.split(',').map(tokens).take(MAX_SEGMENTS).collect()
}

/// Reads an address in one line. `None` when neither street nor house was found.
pub fn parse(raw: &str) -> Option<Address> {
    let display = text::clean(raw);
    let segments = segments(&display);
    let (at, number) = house::place(&segments, is_place)?;
    let segment = segments.get(at)?;
    let mut rest: Vec<String> = segment.get(number..)?.to_vec();
    for later in segments.iter().skip(at + 1) {
        rest.push(",".to_owned());
        rest.extend(later.iter().cloned());
    }
    let mut street = street_words(segment.get(..number)?);
    if let Some((quarter, house)) = quarter_and_house(&segments, segment, number) {
        street = vec![quarter, "мкр".to_owned()];
        *rest.first_mut()? = house;
    }
    if street.is_empty() && at > 0 {
        street = segments.get(at - 1).map(|s| street_words(s)).unwrap_or_default();
    }
    if street.is_empty() {
        return None;
    }
    street.sort();
    let (house, flat) = house::read(&rest);
    Some(Address {
        display,
        street: street.join(" "),
        house,
        flat,
    })
}

/// `мкр 10/32`, and in a town that has no streets in half of it `Набережные Челны, 10/32`: quarter 10, house 32.
fn quarter_and_house(
    segments: &[Vec<String>],
    segment: &[String],
    number: usize,
) -> Option<(String, String)> {
    let (quarter, house) = segment.get(number)?.split_once('/')?;
    let before = segment.get(..number)?;
    let typed = before.last().is_some_and(|t| numbered(t) == Some("мкр"));
    let streetless = segments.iter().flatten().any(|t| t == "челны")
        && before
            .iter()
            .all(|t| PLACE_TYPES.contains(&t.as_str()) || t.starts_with("набережн") || t == "челны");
    let whole = is_number(house) && !house.contains('/');
    (whole && (typed || streetless)).then(|| (quarter.to_owned(), house.to_owned()))
}

/// Longest name of a town, in words.
const TOWN_WORDS: usize = 3;

/// The town an address names, folded: «г. Казань», or the words before the street that are no region's.
pub fn town(raw: &str) -> Option<String> {
    let display = text::clean(raw);
    let segments = segments(&display);
    for segment in &segments {
        let typed = segment.iter().position(|t| TOWNS.contains(&t.as_str()));
        let named = segment.iter().skip(typed.map_or(segment.len(), |at| at + 1));
        let town =
            town_of(named.take_while(|t| !STREET_TYPES.contains(&t.as_str()) && any_number(t).is_none()));
        if town.is_some() {
            return town;
        }
    }
    let (at, number) = house::place(&segments, |_| false)?;
    // The street may stand in a segment of its own, before the house.
    let segment = segments.get(at)?;
    let street_before = street_words(segment.get(..number)?).is_empty()
        && quarter_and_house(&segments, segment, number).is_none();
    segments
        .iter()
        .take(at.saturating_sub(usize::from(street_before)))
        .rev()
        .filter(|s| {
            !s.iter()
                .any(|t| any_number(t).is_some() || REGIONS.contains(&t.as_str()))
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

fn is_place(segment: &[String]) -> bool {
    let has = |list: &[&str]| segment.iter().any(|t| list.contains(&t.as_str()));
    has(PLACE_TYPES) && !has(STREET_TYPES) && !segment.iter().any(|t| any_number(t).is_some())
}

fn street_words(segment: &[String]) -> Vec<String> {
    let is_type = |t: &String| STREET_TYPES.contains(&t.as_str());
    let is_other =
        |t: &String| PLACE_TYPES.contains(&t.as_str()) || words::HOUSES.contains(&t.as_str()) || t == "-";
    // After the last «г. Москва» of an address without commas, the street begins at its type, or beside it.
    let from = segment
        .iter()
        .position(is_type)
        .filter(|at| {
            *at > 1
                && segment
                    .iter()
                    .take(*at)
                    .any(|t| PLACE_TYPES.contains(&t.as_str()))
        })
        .map(|at| {
            let bare = segment.iter().skip(at).all(|t| is_type(t) || is_other(t));
            let number = |at: usize| segment.get(at).is_some_and(|t| any_number(t).is_some());
            match (bare, number(at - 1)) {
                (_, true) => at - 1,
                (true, false) if at > 2 && number(at - 2) => at - 2,
                (true, false) => at - 1,
                (false, false) => at,
            }
        })
        .unwrap_or(0);
    let mut out: Vec<String> = segment
        .iter()
        .skip(from)
        .filter(|t| !is_type(t) && !is_other(t) && text::digits(t).len() < 6)
        .map(|t| any_number(t).map_or_else(|| phonetic::key(t), str::to_owned))
        .filter(|t| !t.is_empty())
        .collect();
    // A number is no name by itself: the fifth quarter is not the fifth line.
    if !out.is_empty() && out.iter().all(|t| is_number(t)) {
        let typed = segment.iter().find_map(|t| numbered(t));
        out.extend(typed.map(str::to_owned));
    }
    out
}

#[cfg(test)]
mod tests;
