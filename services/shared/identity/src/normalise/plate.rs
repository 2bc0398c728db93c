//! Registration plates: Cyrillic and Latin look-alikes are one plate. `А123ВС777` is `A123BC777`.

use serde::{Deserialize, Serialize};

use crate::text;

/// A registration plate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Plate {
    /// Latin capitals that exist in both alphabets, and digits; no blanks. Without the region if none was given.
    pub value: String,
    /// For people: `А 123 ВС 777`.
    pub display: String,
    /// Region code of a Russian plate, `777`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The Russian civil layout was recognised; otherwise the plate is foreign, special or mistyped.
    pub standard: bool,
}

/// Why a text is not a plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlateError {
    #[error("the plate is empty")]
    Empty,
    #[error("a plate has letters and digits, 4 to 10 of them, at least two digits")]
    BadLayout,
}

/// Layouts of Russian plates before the region: car, taxi, trailer, motorcycle, old transit.
const LAYOUTS: [&str; 5] = ["LDDDLL", "LLDDD", "LLDDDD", "DDDDLL", "LLDDDL"];

/// Reads a plate in either alphabet; zero and the letter O are told apart by their place.
pub fn normalise(raw: &str) -> Result<Plate, PlateError> {
    let cleaned = text::clean(raw);
    let upper: String = cleaned.chars().flat_map(char::to_uppercase).collect();
    let upper = upper.trim_end_matches("RUS").trim_end_matches("РУС");
    let mut chars: Vec<char> = Vec::new();
    // Where blanks or marks were typed: `АВ 1234 77` is a trailer, `АВ 123 477` would be a taxi.
    let mut gaps: Vec<usize> = Vec::new();
    for c in upper.chars() {
        if c.is_alphanumeric() {
            chars.push(text::script::cyrillic_to_latin_look(c).unwrap_or(c));
        } else {
            gaps.push(chars.len());
        }
    }
    if chars.is_empty() {
        return Err(PlateError::Empty);
    }
    // No plate has the number zero: it stands where nobody knew it.
    let digits = chars.iter().filter(|c| c.is_ascii_digit());
    if !(4..=10).contains(&chars.len()) || digits.clone().count() > 0 && digits.clone().all(|c| *c == '0') {
        return Err(PlateError::BadLayout);
    }
    let read = LAYOUTS.iter().filter_map(|layout| standard(&chars, layout));
    let likely = |plate: &Plate| {
        let region = plate.region.as_deref().unwrap_or_default();
        let body = chars.len() - region.len();
        (region.is_empty() || is_region(region), gaps.contains(&body))
    };
    // Of two that are equally likely the first layout.
    if let Some(plate) = read.rev().max_by_key(likely) {
        return Ok(plate);
    }
    let value: String = chars.iter().collect();
    if chars.iter().filter(|c| c.is_ascii_digit()).count() < 2 {
        return Err(PlateError::BadLayout);
    }
    Ok(Plate {
        display: value.clone(),
        value,
        region: None,
        standard: false,
    })
}

fn standard(chars: &[char], layout: &str) -> Option<Plate> {
    let (body, region) = chars.split_at_checked(layout.len())?;
    let fit = |(c, place): (&char, char)| if place == 'L' { as_letter(*c) } else { as_digit(*c) };
    let body: String = body.iter().zip(layout.chars()).map(fit).collect::<Option<_>>()?;
    let region: String = region.iter().copied().map(as_digit).collect::<Option<_>>()?;
    // Only the car layout is certain enough to be read without a region.
    let region_ok = matches!(region.len(), 2 | 3) || (region.is_empty() && layout == "LDDDLL");
    region_ok.then(|| Plate {
        display: display(&body, &region),
        value: format!("{body}{region}"),
        region: (!region.is_empty()).then_some(region),
        standard: true,
    })
}

/// Whether a region may be written so: a number of two digits, or one with 1, 2, 5, 7 or 9 before it.
fn is_region(region: &str) -> bool {
    match region.len() {
        2 => region != "00",
        _ => region.starts_with(['1', '2', '5', '7', '9']) && !region.ends_with("00"),
    }
}

/// A plate letter, also when typed as zero or as the Latin letter it sounds like.
fn as_letter(c: char) -> Option<char> {
    match c {
        'A' | 'B' | 'E' | 'K' | 'M' | 'H' | 'O' | 'P' | 'C' | 'T' | 'Y' | 'X' => Some(c),
        '0' => Some('O'),
        'N' => Some('H'),
        'R' => Some('P'),
        'S' => Some('C'),
        'V' => Some('B'),
        'U' => Some('Y'),
        _ => None,
    }
}

fn as_digit(c: char) -> Option<char> {
    match c {
        'O' => Some('0'),
        'I' => Some('1'),
        'З' => Some('3'),
        c => c.is_ascii_digit().then_some(c),
    }
}

/// Cyrillic capitals, groups apart.
fn display(body: &str, region: &str) -> String {
    let mut out = String::with_capacity(20);
    let mut previous: Option<char> = None;
    for c in body.chars() {
        if previous.is_some_and(|p| p.is_ascii_digit() != c.is_ascii_digit()) {
            out.push(' ');
        }
        out.push(text::script::latin_to_cyrillic_look(c).unwrap_or(c));
        previous = Some(c);
    }
    if !region.is_empty() {
        out.push(' ');
        out.push_str(region);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{PlateError, normalise};

    #[test]
    fn both_alphabets_are_one_plate() {
        for typed in [
            "А123ВС777",
            "A123BC777",
            "а 123 вс 777",
            "A123BC 777 RUS",
            "a123bс-777",
            "А123ВС77Z",
        ] {
            let plate = normalise(typed).unwrap();
            assert_eq!(plate.standard, !typed.ends_with('Z'), "{typed}");
            if plate.standard {
                assert_eq!(
                    (plate.value.as_str(), plate.display.as_str()),
                    ("A123BC777", "А 123 ВС 777")
                );
            }
        }
        assert_eq!(normalise("O00100 77").unwrap().value, "O001OO77");
        assert_eq!(normalise("а430во").unwrap().region, None);
        assert_eq!(normalise("AB12377").unwrap().display, "АВ 123 77");
    }

    #[test]
    fn a_trailer_is_no_taxi() {
        for (typed, shown) in [
            ("АВ 1234 77", "АВ 1234 77"),
            ("АВ123477", "АВ 1234 77"),
            ("ав1234 177", "АВ 1234 177"),
            ("АВ 1237 77", "АВ 1237 77"),
            ("АВ 123 777", "АВ 123 777"),
            ("АВ123777", "АВ 123 777"),
            ("1234 АВ 77", "1234 АВ 77"),
            ("А 123 ВС 477", "А 123 ВС 477"),
        ] {
            assert_eq!(normalise(typed).unwrap().display, shown, "{typed}");
        }
    }

    #[test]
    fn refusals() {
        assert_eq!(normalise(" - "), Err(PlateError::Empty));
        assert_eq!(normalise("без номера"), Err(PlateError::BadLayout));
    }
}
