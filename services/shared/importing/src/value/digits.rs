//! Rows of digits that a spreadsheet took for numbers.

use crate::{Reason, table::Cell};

/// `7.9161234567E10` and `79161234567.0` as the digits they were; an error when digits are gone.
pub fn restore(text: &str) -> Cell {
    let text = text.trim();
    // `="7916…"` and `'7916…` keep Excel from reading a number.
    let text = text
        .strip_prefix("=\"")
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(text);
    let text = text.strip_prefix('\'').unwrap_or(text);
    if let Some((whole, fraction)) = text.split_once(['.', ','])
        && whole.len() >= 5
        && whole.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=6).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte == b'0')
    {
        return Ok(whole.to_owned());
    }
    let Some((mantissa, exponent)) = text.split_once(['E', 'e', 'Е', 'е']) else {
        return Ok(text.to_owned());
    };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.strip_prefix('+').unwrap_or(exponent).parse::<usize>();
    let Ok(power) = power
        .map_err(drop)
        .and_then(|power| if power <= 30 { Ok(power) } else { Err(()) })
    else {
        return Ok(text.to_owned());
    };
    if whole.len() != 1 || !digits(whole) || !digits(fraction) || exponent.len() > 4 {
        return Ok(text.to_owned());
    }
    // Fewer digits than the number has: the rest was rounded away. Trailing zeros may be left out by right.
    // Of more than fifteen a spreadsheet has none to leave out.
    if fraction.len() > power || (fraction.len() < power && (fraction.len() + 1 < 9 || power >= 15)) {
        return Err(Reason::LostDigits(text.to_owned()));
    }
    Ok(format!("{whole}{fraction:0<power$}"))
}

/// A tax number or index whose leading zero a spreadsheet has eaten.
pub fn with_leading_zero(text: &str, lengths: &[usize]) -> String {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all && lengths.contains(&(text.len() + 1)) {
        format!("0{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_digits_again_or_say_that_they_cannot() {
        for text in [
            "7.9161234567E10",
            "7,9161234567E+10",
            "79161234567.0",
            "79161234567,00",
            "=\"79161234567\"",
            "'79161234567",
        ] {
            assert_eq!(restore(text).unwrap(), "79161234567", "{text}");
        }
        for text in [
            "7,91612E+10",
            "1,23457E+11",
            "7.9E10",
            "4,08178100E+19",
            "1,23456789012345E+17",
        ] {
            assert!(matches!(restore(text), Err(Reason::LostDigits(_))), "{text}");
        }
        assert_eq!(restore("+7 (916) 123-45-67").unwrap(), "+7 (916) 123-45-67");
        assert_eq!(restore("X7E12345").unwrap(), "X7E12345");
        assert_eq!(with_leading_zero("278123456", &[10, 12]), "0278123456");
    }
}
