//! Phone numbers in any Russian or international writing, to E.164.
//!
//! Metadata comes from the `phonenumber` crate (a libphonenumber port); what people really type in Russia
//! (trunk 8, `+8`, numbers without the city code, extensions, two numbers in one field) is handled here.

use std::borrow::Borrow;

use phonenumber::{Mode, Type, country::Id};
use serde::{Deserialize, Serialize};

use super::Home;
pub use super::phone_field::pieces;
use super::phone_field::{letters_for_digits, split_extension};
use crate::text;

/// A telephone number as it can be dialled from anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Phone {
    /// `+` and digits only.
    pub e164: String,
    /// ISO 3166 region where known, `RU`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    pub kind_hint: PhoneKind,
    /// Inner number behind a switchboard, digits only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// The numbering plan knows such a number. A false value only warns: plans change.
    pub plausible: bool,
}

/// What kind of line answers, as far as the number itself tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneKind {
    Mobile,
    Landline,
    TollFree,
    Unknown,
}

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("the phone is empty")]
    Empty,
    #[error("there are no digits in the phone")]
    NoDigits,
    #[error("a city number without its code: give the code, for instance 495")]
    NoAreaCode,
    #[error("too few digits for a phone number")]
    TooShort,
    #[error("too many digits for a phone number")]
    TooLong,
    #[error("no country has such a phone number")]
    Unknown,
}

/// Reads one phone number. `home` says whose national writing is meant.
pub fn parse(raw: &str, home: impl Borrow<Home>) -> Result<Phone, PhoneError> {
    let home = home.borrow();
    let text = letters_for_digits(&text::clean(raw));
    if text.is_empty() {
        return Err(PhoneError::Empty);
    }
    let (number, extension) = split_extension(&text);
    let digits = text::digits(number);
    if digits.is_empty() {
        return Err(PhoneError::NoDigits);
    }
    let plus = number
        .find('+')
        .is_some_and(|p| text::digits(&number[..p]).is_empty());
    let full = international(&digits, plus, home)?;
    let mut phone = describe(full)?;
    phone.extension = extension;
    Ok(phone)
}

/// Digits with the country code in front, no `+`.
fn international(digits: &str, plus: bool, home: &Home) -> Result<String, PhoneError> {
    let n = digits.len();
    if n > 18 {
        return Err(PhoneError::TooLong);
    }
    if home.country == "RU" || home.country == "KZ" {
        // `+8 916 …` is trunk and plus mixed up; no country has a code that begins +89, +83, +88 (kept: +81, 82, 84, 86).
        let trunk8 =
            n == 11 && digits.starts_with('8') && (!plus || !matches!(&digits[1..2], "1" | "2" | "4" | "6"));
        if (n == 11 && digits.starts_with('7')) || trunk8 {
            return Ok(format!("7{}", &digits[1..]));
        }
        // `+7 8 916 …`, `8 7 916 …`, `007 916 …`, `8 10 7 916 …`: a prefix typed twice.
        for prefix in ["78", "87", "77", "007", "8107"] {
            if let Some(rest) = digits.strip_prefix(prefix)
                && rest.len() == 10
                && rest.starts_with('9')
            {
                return Ok(format!("7{rest}"));
            }
        }
        // `8 916 123-45-6`: a digit is missing; no city code begins with 89.
        if n == 10 && !plus && digits.starts_with("89") {
            return Ok(format!("7{}", &digits[1..]));
        }
        if n == 10 && !plus && digits.starts_with(['3', '4', '6', '7', '8', '9']) {
            return Ok(format!("7{digits}"));
        }
        if (5..=7).contains(&n) && !plus {
            return match &home.area_code {
                Some(code) if code.len() + n == 10 => Ok(format!("7{code}{digits}")),
                _ => Err(PhoneError::NoAreaCode),
            };
        }
        if let Some(rest) = digits.strip_prefix("810").filter(|r| !plus && r.len() >= 9) {
            return Ok(rest.to_owned());
        }
    }
    if n < 5 {
        return Err(PhoneError::TooShort);
    }
    if plus {
        return Ok(digits.to_owned());
    }
    if let Some(rest) = digits.strip_prefix("00") {
        return Ok(rest.to_owned());
    }
    let region: Option<Id> = home.country.parse().ok();
    match region
        .and_then(|id| phonenumber::parse(Some(id), digits).ok())
        .filter(phonenumber::is_valid)
    {
        Some(number) => Ok(e164_digits(&number)),
        // Foreign numbers are often written without the plus.
        None if n >= 10 => Ok(digits.to_owned()),
        None => Err(PhoneError::TooShort),
    }
}

fn e164_digits(number: &phonenumber::PhoneNumber) -> String {
    text::digits(&number.format().mode(Mode::E164).to_string())
}

/// Checks against the numbering plans and fills country and kind.
fn describe(full: String) -> Result<Phone, PhoneError> {
    match full.len() {
        0..=7 => return Err(PhoneError::TooShort),
        16.. => return Err(PhoneError::TooLong),
        _ => {}
    }
    let e164 = format!("+{full}");
    if full.len() == 11 && full.starts_with('7') {
        let (country, kind_hint) = match &full[1..4] {
            "800" => ("RU", PhoneKind::TollFree),
            code if code.starts_with('9') => ("RU", PhoneKind::Mobile),
            code if code.starts_with(['6', '7']) => (
                "KZ",
                if code >= "700" {
                    PhoneKind::Mobile
                } else {
                    PhoneKind::Unknown
                },
            ),
            _ => ("RU", PhoneKind::Landline),
        };
        let plausible = full[1..].starts_with(['3', '4', '6', '7', '8', '9']);
        return Ok(Phone {
            e164,
            country: Some(country.to_owned()),
            kind_hint,
            extension: None,
            plausible,
        });
    }
    let number = phonenumber::parse(None, &e164).map_err(|_| PhoneError::Unknown)?;
    let country = number.country().id().map(|id| id.as_ref().to_owned());
    if country.is_none() {
        return Err(PhoneError::Unknown);
    }
    let plausible = phonenumber::is_valid(&number);
    let kind_hint = match number.number_type(&phonenumber::metadata::DATABASE) {
        Type::Mobile => PhoneKind::Mobile,
        Type::FixedLine => PhoneKind::Landline,
        Type::TollFree => PhoneKind::TollFree,
        _ => PhoneKind::Unknown,
    };
    // The parsed number, not the typed one: a trunk zero after the country code must go.
    let kept = e164_digits(&number);
    if kept.len() < full.len() {
        // What is left must be a number by itself, the same whenever it is read again.
        return describe(kept);
    }
    let e164 = format!("+{kept}");
    Ok(Phone {
        e164,
        country,
        kind_hint,
        extension: None,
        plausible,
    })
}

/// Every number of a field that holds several: `8916…; 8-905-… (жена)`, `432-66-05, 8…`. Unreadable parts
/// are skipped, repeats removed, at most eight are returned.
pub fn parse_all(raw: &str, home: impl Borrow<Home>) -> Vec<Phone> {
    let home = home.borrow();
    let mut found: Vec<Phone> = Vec::new();
    for piece in pieces(raw) {
        if let Ok(phone) = parse(&piece, home)
            && !found.iter().any(|p| p.e164 == phone.e164)
            && found.len() < 8
        {
            found.push(phone);
        }
    }
    found
}

/// Whether a search box probably holds a phone number or a part of one: only phone characters, four digits up.
pub fn looks_like_phone(q: &str) -> bool {
    let q = text::clean(q);
    let count = text::digits(&q).len();
    (4..=18).contains(&count) && q.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c))
}

/// Whether a piece is a city number without its code, which only the town it is dialled in completes.
pub fn is_short(raw: &str, home: &Home) -> bool {
    let text = text::clean(raw);
    let (number, _) = split_extension(&text);
    let at_home = home.country == "RU" || home.country == "KZ";
    at_home && !number.contains('+') && (5..=7).contains(&text::digits(number).len())
}

/// Whether it is a city number of which nobody knows the code: digits alone, no E.164.
pub fn is_local(number: &str) -> bool {
    (5..=7).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

/// For people: `+7 916 123-45-67`, in a town `46-12-77`; other countries in their international writing.
pub fn format_display(e164: &str) -> String {
    let digits = text::digits(e164);
    if is_local(e164) {
        let (head, tail) = digits.split_at(digits.len() - 4);
        return format!("{head}-{}-{}", &tail[..2], &tail[2..]);
    }
    if digits.len() == 11 && digits.starts_with('7') {
        return format!(
            "+7 {} {}-{}-{}",
            &digits[1..4],
            &digits[4..7],
            &digits[7..9],
            &digits[9..11]
        );
    }
    match phonenumber::parse(None, e164) {
        Ok(number) if phonenumber::is_valid(&number) => number.format().mode(Mode::International).to_string(),
        _ => e164.to_owned(),
    }
}

/// Loads the numbering plans. Call at start-up, before reporting healthy: the first parse is slow.
pub fn warm_up() {
    let _ = phonenumber::parse(None, "+442083661177").map(|n| phonenumber::is_valid(&n));
}

/// A number typed only because the field was mandatory: `+79999999999`, `+7 916 000-00-00`, `+71234567890`.
/// Numbers that are merely easy to remember, `123-45-67` after a real code, are real.
pub fn is_junk(e164: &str) -> bool {
    let digits = text::digits(e164);
    let national = digits.get(digits.len().saturating_sub(10)..).unwrap_or_default();
    let last7 = national
        .get(national.len().saturating_sub(7)..)
        .unwrap_or_default();
    let mut seen: Vec<char> = national.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    let one_digit = last7.chars().all(|c| last7.starts_with(c));
    national.len() < 7 || seen.len() <= 2 || one_digit || RUNS.contains(&national)
}

/// Whether a number without its code is such: 999-99-99, 123-45-67.
pub fn is_junk_tail(digits: &str) -> bool {
    let rows = ["0123456789", "9876543210"];
    digits.chars().all(|c| digits.starts_with(c)) || rows.iter().any(|row| row.contains(digits))
}

/// A Russian mobile number with a digit missing: it calls nobody, yet may be known again.
pub fn is_short_mobile(e164: &str) -> bool {
    e164.strip_prefix("+79").is_some_and(|rest| rest.len() == 8)
}

const RUNS: [&str; 4] = ["1234567890", "0123456789", "9876543210", "0987654321"];
