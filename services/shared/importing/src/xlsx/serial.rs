//! Numbers of a sheet as the text a person would have typed.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};

use crate::{Reason, table::Cell};

/// Beyond that a binary fraction of eight bytes has lost digits, and Excel's fifteen are long gone.
const EXACT: f64 = 999_999_999_999_999.0;

/// A number: whole ones without an exponent, others in the shortest writing that means the same.
pub(super) fn number(text: &str) -> Cell {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let Some(value) = text.parse::<f64>().ok().filter(|value| value.is_finite()) else {
        return Err(Reason::ErrorValue(text.chars().take(40).collect()));
    };
    if value.abs() > EXACT {
        return Err(Reason::LostDigits(text.chars().take(40).collect()));
    }
    // 0.1 + 0.2 is shown as 0.3.
    let rounded = (value * 1e9).round() / 1e9;
    let shown = if rounded.abs() < 1e6 { rounded } else { value };
    Ok(format!("{shown}"))
}

/// A day counted from 1900 or 1904, with its time if it has one, ISO.
pub(super) fn date(text: &str, since_1904: bool) -> Cell {
    let value = text.trim().parse::<f64>().ok();
    // 31.12.9999
    let Some(value) = value.filter(|value| (0.0..2_958_466.0).contains(value)) else {
        return number(text);
    };
    #[expect(clippy::cast_possible_truncation, reason = "below three million")]
    let (mut days, seconds) = (value.trunc() as i64, (value.fract() * 86_400.0).round() as i64);
    let base = if since_1904 {
        NaiveDate::from_ymd_opt(1904, 1, 1)
    } else {
        // The 29th of February 1900, which never was, is day 60.
        if days < 60 {
            days += 1;
        }
        NaiveDate::from_ymd_opt(1899, 12, 30)
    };
    let moment = base
        .map(|base| NaiveDateTime::new(base, NaiveTime::MIN))
        .and_then(|base| base.checked_add_signed(Duration::days(days) + Duration::seconds(seconds)));
    let Some(moment) = moment else { return number(text) };
    Ok(match (value < 1.0, seconds) {
        (true, _) => moment.format("%H:%M:%S").to_string(),
        (false, 0) => moment.format("%Y-%m-%d").to_string(),
        (false, _) => moment.format("%Y-%m-%dT%H:%M:%S").to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days() {
        assert_eq!(number("7.9161234567E10").unwrap(), "79161234567");
        assert_eq!(number("1250000.5").unwrap(), "1250000.5");
        assert_eq!(number("0.30000000000000004").unwrap(), "0.3");
        assert!(matches!(
            number("4.0817810099910004E19"),
            Err(Reason::LostDigits(_))
        ));
        assert_eq!(date("45363.4270833333", false).unwrap(), "2024-03-12T10:15:00");
        assert_eq!(date("1", false).unwrap(), "1900-01-01");
        assert_eq!(date("61", false).unwrap(), "1900-03-01");
        assert_eq!(date("43901", true).unwrap(), "2024-03-12");
    }
}
