//! Where the number of a house stands, and what it says.

use super::words::{BUILDINGS, FLATS, HOUSES, LETTERS, STREET_TYPES, WAYS, any_number, is_number, numbered};
use crate::text;

/// Segment and token of the number of a house: behind «дом», or the first that is no part of a street's name.
pub(super) fn place(
    segments: &[Vec<String>],
    is_place: impl Fn(&[String]) -> bool,
) -> Option<(usize, usize)> {
    let find = |fits: &dyn Fn(&[String], usize) -> bool| {
        segments.iter().enumerate().find_map(|(at, segment)| {
            let number = (0..segment.len()).find(|i| can_be(segment, *i) && fits(segment, *i))?;
            Some((at, number))
        })
    };
    find(&|segment, i| before(segment, i).is_some_and(|t| HOUSES.contains(&t)))
        .or_else(|| find(&|segment, i| !is_place(segment) && !in_name(segment, i)))
        // `Полевая 5 мкр Северный`: no other number, so it is the house's after all.
        .or_else(|| find(&|segment, _| !is_place(segment)))
}

fn before(segment: &[String], i: usize) -> Option<&str> {
    segment.get(i.checked_sub(1)?).map(String::as_str)
}

/// A number that is no postcode, flat or storey.
fn can_be(segment: &[String], i: usize) -> bool {
    let Some(token) = segment.get(i) else { return false };
    let not = |t: &str| FLATS.contains(&t) || WAYS.contains(&t);
    let whole = token.split('/').all(|part| text::digits(part).len() <= 4);
    let storey = segment.get(i + 1).is_some_and(|t| WAYS.contains(&t.as_str()));
    is_number(token) && whole && !storey && !before(segment, i).is_some_and(not)
}

/// Whether a number may be a part of a name: `5 мкр`, `мкр 5`, `26 Бакинских комиссаров`.
fn in_name(segment: &[String], i: usize) -> bool {
    let next = segment.get(i + 1).map_or("", String::as_str);
    let previous = before(segment, i).unwrap_or_default();
    let has_number = i >= 2 && segment.get(i - 2).is_some_and(|t| any_number(t).is_some());
    let composed = segment.get(i).is_some_and(|t| t.contains('/'));
    let quarter = numbered(next).is_some()
        || numbered(previous).is_some_and(|one| one != "проезд") && !has_number && !composed;
    let marked = FLATS.contains(&next) || BUILDINGS.contains(&next) || LETTERS.contains(&next);
    let named = next.chars().count() >= 4 && next.chars().all(char::is_alphabetic) && !marked;
    let begins = i == 0 || STREET_TYPES.contains(&previous);
    quarter || begins && named && !STREET_TYPES.contains(&next)
}

/// The house with its building and letter, `154к1а`, and the flat, from the house's number on.
pub(super) fn read(rest: &[String]) -> (String, String) {
    let (mut house, mut flat) = (String::new(), String::new());
    let mut mark = "";
    for (i, token) in rest.iter().enumerate() {
        let next = rest.get(i + 1).map_or("", String::as_str);
        if any_number(token).is_some_and(|n| n != token) {
            continue;
        }
        if !is_number(token) {
            let letter = token.chars().count() == 1 && token.chars().all(char::is_alphabetic);
            let ends = matches!(next, "" | "," | "-") || is_number(next) || FLATS.contains(&next);
            let building = BUILDINGS.contains(&token.as_str()) && is_number(next);
            let beside = i == 1 || mark == "letter" || i == 2 && rest.get(1).is_some_and(|t| t == "-");
            if letter && beside && !building && (ends || BUILDINGS.contains(&next)) {
                house.push_str(token);
                mark = "";
                continue;
            }
            mark = match token.as_str() {
                "-" => "flat",
                t if FLATS.contains(&t) => "flat",
                t if BUILDINGS.contains(&t) => "building",
                t if LETTERS.contains(&t) => "letter",
                t if WAYS.contains(&t) => "way",
                t if HOUSES.contains(&t) => "house",
                _ => mark,
            };
            continue;
        }
        let value: String = token.chars().take(12).collect();
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
