//! Russian tax and registration numbers: ИНН, КПП, ОГРН, with their check digits.

use serde::{Deserialize, Serialize};

use crate::text;

/// A taxpayer number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Inn {
    pub value: String,
    pub kind: InnKind,
    /// False only warns: a mistyped number still helps a human.
    pub checksum_ok: bool,
}

/// Ten digits are a legal entity's, twelve a person's or a sole proprietor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InnKind {
    Company,
    Person,
}

/// Why a text is not such a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TaxIdError {
    #[error("the number is empty")]
    Empty,
    #[error("an INN has 10 digits (company) or 12 (person)")]
    BadInn,
    #[error("a KPP has 9 characters, for instance 770701001")]
    BadKpp,
    #[error("an OGRN has 13 digits, an OGRNIP 15, the last of them a check digit")]
    BadOgrn,
}

/// Reads an ИНН, also `ИНН 7707083893` and `7707083893/770701001`; a lost leading zero is put back, and letters typed for
/// digits are read as such where the check digits prove it.
pub fn inn(raw: &str) -> Result<Inn, TaxIdError> {
    let cleaned = text::clean(raw);
    if cleaned.is_empty() {
        return Err(TaxIdError::Empty);
    }
    let mut value = text::digits(cleaned.split(['/', '\\']).next().unwrap_or_default());
    if (value.len() == 9 || value.len() == 11) && inn_checksum(&format!("0{value}")) {
        value.insert(0, '0');
    }
    if !matches!(value.len(), 10 | 12)
        && let Some(meant) = of_look_alikes(&cleaned)
    {
        value = meant;
    }
    let kind = match value.len() {
        10 => InnKind::Company,
        12 => InnKind::Person,
        _ => return Err(TaxIdError::BadInn),
    };
    if is_placeholder(&value) {
        return Err(TaxIdError::BadInn);
    }
    Ok(Inn {
        checksum_ok: inn_checksum(&value),
        value,
        kind,
    })
}

/// `77O7083893`: the one word of a text that is an INN once its letters are digits.
fn of_look_alikes(text: &str) -> Option<String> {
    let read = |word: &str| -> Option<String> { word.chars().map(text::script::digit_look).collect() };
    text.split([' ', '/', '\\', ':'])
        .filter_map(read)
        .find(|digits| inn_checksum(digits))
}

/// Digits of a person's INN.
pub const INN_OF_PERSON: usize = 12;

/// One digit repeated, or the row of digits: no number, and typed by many.
fn is_placeholder(value: &str) -> bool {
    let row = |step: u8| {
        value
            .bytes()
            .zip(value.bytes().skip(1))
            .all(|(a, b)| (a - b'0' + step) % 10 == b - b'0')
    };
    row(0) || row(1) || row(9)
}

/// Whether the check digits of an INN hold.
pub fn inn_checksum(value: &str) -> bool {
    const W: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let d: Vec<u32> = value.chars().filter_map(|c| c.to_digit(10)).collect();
    let control = |n: usize| {
        let weights = &W[W.len() - n..];
        let sum: u32 = d.iter().zip(weights).map(|(d, w)| d * w).sum();
        d.get(n) == Some(&(sum % 11 % 10))
    };
    match d.len() {
        10 => control(9),
        12 => control(10) && control(11),
        _ => false,
    }
}

/// Reads a КПП: nine characters, of which the fifth and sixth may be capitals.
pub fn kpp(raw: &str) -> Result<String, TaxIdError> {
    let value: String = text::clean(raw)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    if value.is_empty() {
        return Err(TaxIdError::Empty);
    }
    let value = if value.len() == 8 {
        format!("0{value}")
    } else {
        value.to_ascii_uppercase()
    };
    let ok = value.len() == 9
        && value
            .char_indices()
            .all(|(i, c)| c.is_ascii_digit() || (i == 4 || i == 5) && c.is_ascii_uppercase());
    if ok { Ok(value) } else { Err(TaxIdError::BadKpp) }
}

/// Digits of a company's OGRN; a sole proprietor's OGRNIP has two more.
pub const OGRN: usize = 13;

/// Reads an ОГРН or ОГРНИП; the check digit must hold.
pub fn ogrn(raw: &str) -> Result<String, TaxIdError> {
    let value = text::digits(&text::clean(raw));
    let divisor = match value.len() {
        0 => return Err(TaxIdError::Empty),
        OGRN => 11,
        15 => 13,
        _ => return Err(TaxIdError::BadOgrn),
    };
    let (body, check) = value.split_at(value.len() - 1);
    let rest = body.parse::<u64>().map_err(|_| TaxIdError::BadOgrn)? % divisor % 10;
    if check == rest.to_string() {
        Ok(value)
    } else {
        Err(TaxIdError::BadOgrn)
    }
}

#[cfg(test)]
mod tests {
    use super::{InnKind, TaxIdError, inn, kpp, ogrn};

    #[test]
    fn check_digits() {
        for typed in [
            "7707О83893",
            "77O7083893",
            "770708389З",
            "ИНН: 7707О83893",
            "7707O83893/770701001",
        ] {
            assert_eq!(inn(typed).unwrap().value, "7707083893", "{typed}");
        }
        assert!(inn("7707О83894").is_err(), "the check digit does not prove it");
        let bank = inn("ИНН 7707083893/773601001").unwrap();
        assert!(bank.checksum_ok && bank.kind == InnKind::Company);
        assert!(!inn("7707083894").unwrap().checksum_ok);
        for nothing in [
            "0000000000",
            "1111111111",
            "1234567890",
            "9876543210",
            "123456789012",
        ] {
            assert_eq!(inn(nothing), Err(TaxIdError::BadInn), "{nothing}");
        }
        assert!(inn("500100732259").unwrap().checksum_ok);
        assert_eq!(inn("77070"), Err(TaxIdError::BadInn));
        assert_eq!(kpp("773601001").unwrap(), "773601001");
        assert!(kpp("7736").is_err());
        assert_eq!(ogrn("1027700132195").unwrap(), "1027700132195");
        assert!(ogrn("1027700132196").is_err());
    }
}
