//! Vehicle identification numbers (ISO 3779): look-alike letters repaired, the check digit only warns.

use serde::{Deserialize, Serialize};

use crate::text;

/// A VIN or the end of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Vin {
    /// Capitals and digits without I, O, Q; 17 of them unless `partial`.
    pub value: String,
    /// Only the last characters were given.
    pub partial: bool,
    pub check_digit: CheckDigit,
    /// Something that could not stand in a VIN was replaced by what it looks like.
    pub repaired: bool,
}

/// What the ninth character says. Compulsory in North America and China only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckDigit {
    Valid,
    Invalid,
    NotApplicable,
}

/// Why a text is not a VIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VinError {
    #[error("the VIN is empty")]
    Empty,
    #[error("a VIN has Latin letters and digits only")]
    BadCharacter,
    #[error("a VIN has 17 characters, or give at least its last 4")]
    BadLength,
    #[error("a VIN has a serial number in digits; words and one sign repeated stand where nobody knew it")]
    NoNumber,
}

/// Reads a VIN: any case, blanks and dashes ignored, O, Q and I and Cyrillic look-alikes repaired.
pub fn normalise(raw: &str) -> Result<Vin, VinError> {
    let cleaned = text::clean(raw);
    let body = cleaned.trim_start_matches(['.', '*', '…', ' ']);
    let body = strip_label(body);
    let mut value = String::with_capacity(17);
    let mut repaired = false;
    let mut digits = 0;
    for c in body
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '.' | '_' | '*' | '/'))
    {
        let latin = text::script::cyrillic_to_latin_look(c).unwrap_or(match c {
            'З' | 'з' => '3',
            c => c.to_ascii_uppercase(),
        });
        let fixed = match latin {
            'O' | 'Q' => '0',
            'I' => '1',
            c if c.is_ascii_alphanumeric() => c,
            _ => return Err(VinError::BadCharacter),
        };
        repaired |= fixed != c.to_ascii_uppercase();
        digits += usize::from(c.is_ascii_digit());
        value.push(fixed);
    }
    if value.len() >= LEAST && (digits < LEAST_DIGITS || is_of_few_signs(&value)) {
        return Err(VinError::NoNumber);
    }
    match value.len() {
        0 => Err(VinError::Empty),
        LEAST..=16 => Ok(Vin {
            value,
            partial: true,
            check_digit: CheckDigit::NotApplicable,
            repaired,
        }),
        17 => Ok(Vin {
            check_digit: check_digit(&value),
            value,
            partial: false,
            repaired,
        }),
        _ => Err(VinError::BadLength),
    }
}

/// Fewest characters by which a car is known.
const LEAST: usize = 4;
/// Fewest digits that are typed as such: every serial number has more, even where some were typed as letters.
const LEAST_DIGITS: usize = 2;

/// Zeros, ones, `XXXX1111`: what is typed where something must stand.
fn is_of_few_signs(value: &str) -> bool {
    let mut signs: Vec<char> = value.chars().collect();
    signs.sort_unstable();
    signs.dedup();
    signs.len() < if value.len() == 17 { 5 } else { 2 }
}

/// `VIN: …` and `вин …` are labels, not characters of the number.
fn strip_label(text: &str) -> &str {
    let lower = text.to_lowercase();
    for label in ["vin", "вин"] {
        if lower.starts_with(label) && text.chars().nth(3).is_some_and(|c| matches!(c, ' ' | ':')) {
            return text
                .get(label.len()..)
                .unwrap_or(text)
                .trim_start_matches([':', ' ']);
        }
    }
    text
}

impl Vin {
    /// The serial part people quote and search by: the last `n` characters, fewer if there are fewer.
    pub fn tail(&self, n: usize) -> &str {
        self.value
            .get(self.value.len().saturating_sub(n)..)
            .unwrap_or(&self.value)
    }
}

/// The check digit that ISO 3779, as North America counts it, wants in the ninth place of a VIN.
pub fn expected_check_digit(vin: &str) -> char {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value_of = |c: char| match c {
        'A' | 'J' => 1,
        'B' | 'K' | 'S' => 2,
        'C' | 'L' | 'T' => 3,
        'D' | 'M' | 'U' => 4,
        'E' | 'N' | 'V' => 5,
        'F' | 'W' => 6,
        'G' | 'P' | 'X' => 7,
        'H' | 'Y' => 8,
        'R' | 'Z' => 9,
        c => c.to_digit(10).unwrap_or(0),
    };
    let sum: u32 = vin.chars().zip(WEIGHTS).map(|(c, w)| value_of(c) * w).sum();
    char::from_digit(sum % 11, 10).unwrap_or('X')
}

pub(crate) fn check_digit(vin: &str) -> CheckDigit {
    let expected = expected_check_digit(vin);
    let compulsory = vin.starts_with(['1', '2', '3', '4', '5', 'L']);
    match vin.chars().nth(8) {
        Some(c) if c == expected => CheckDigit::Valid,
        _ if compulsory => CheckDigit::Invalid,
        _ => CheckDigit::NotApplicable,
    }
}

#[cfg(test)]
mod tests {
    use super::{CheckDigit, VinError, normalise};

    #[test]
    fn look_alikes_are_repaired_and_odd_check_digits_pass() {
        let porsche = normalise("WP0ZZZ99ZTS392124").unwrap();
        assert_eq!(porsche.check_digit, CheckDigit::NotApplicable);
        assert!(!porsche.repaired);
        let typed = normalise("wрOzzz99zтs 392I24").unwrap();
        assert_eq!(typed.value, porsche.value);
        assert!(typed.repaired);
        assert_eq!(
            normalise("1M8GDM9AXKP042788").unwrap().check_digit,
            CheckDigit::Valid
        );
        assert_eq!(
            normalise("1M8GDM9A1KP042788").unwrap().check_digit,
            CheckDigit::Invalid
        );
    }

    #[test]
    fn tails_and_refusals() {
        let tail = normalise("…392124").unwrap();
        assert!(tail.partial && tail.value == "392124");
        assert_eq!(normalise("VIN: WP0ZZZ99ZTS392124").unwrap().value.len(), 17);
        assert_eq!(normalise(""), Err(VinError::Empty));
        assert_eq!(normalise("12"), Err(VinError::BadLength));
        assert_eq!(normalise("нет данных!"), Err(VinError::BadCharacter));
        for nothing in [
            "отсутствует",
            "не указан",
            "нету",
            "тест",
            "NONE",
            "00000000000000000",
            "11111111111111111",
            "XXXXXXXXXXXXX0000",
            "0000",
        ] {
            assert_eq!(normalise(nothing), Err(VinError::NoNumber), "{nothing}");
        }
        assert_eq!(normalise("О12З4").unwrap().value, "01234");
    }
}
