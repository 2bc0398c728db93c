//! Dates of birth in the writings people use; placeholders are told apart.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::text;

/// A date of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BirthDate {
    pub date: NaiveDate,
    /// Typed only because the field was mandatory: 01.01.1900 and its kin. Says nothing about the person.
    pub placeholder: bool,
}

/// Why a text is not a date of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BirthDateError {
    #[error("the date of birth is empty")]
    Empty,
    #[error("write the date of birth as day.month.year, for instance 05.03.1981")]
    Unreadable,
    #[error("there is no such day in the calendar")]
    NoSuchDay,
    #[error("nobody living was born in that year")]
    OutOfRange,
}

const MONTHS: [(&str, &str); 12] = [
    ("янв", "jan"),
    ("фев", "feb"),
    ("мар", "mar"),
    ("апр", "apr"),
    ("ма", "may"),
    ("июн", "jun"),
    ("июл", "jul"),
    ("авг", "aug"),
    ("сен", "sep"),
    ("окт", "oct"),
    ("ноя", "nov"),
    ("дек", "dec"),
];

const ROMAN: [&str; 12] = [
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii",
];

/// Reads `05.03.1981`, `5/3/81`, `1981-03-05[T…]`, `05031981`, `050381`, `5-го марта 1981`, `5.III.1981`,
/// `March 5, 1981`. The day stands before the month unless only the other order exists; not in six digits alone,
/// which are no date as often. Two-digit years up to 12 are of this century.
pub fn parse(raw: &str) -> Result<BirthDate, BirthDateError> {
    let text = text::clean(raw).to_lowercase();
    if text.is_empty() {
        return Err(BirthDateError::Empty);
    }
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !ENDINGS.contains(w))
        .take(6)
        .collect();
    let (day, month, year) = split(&words).ok_or(BirthDateError::Unreadable)?;
    if !(1850..=2100).contains(&year) {
        return Err(BirthDateError::OutOfRange);
    }
    let date = NaiveDate::from_ymd_opt(year, month, day)
        .or_else(|| NaiveDate::from_ymd_opt(year, day, month).filter(|_| !is_six_digits(&words)))
        .ok_or(BirthDateError::NoSuchDay)?;
    Ok(BirthDate {
        date,
        placeholder: is_placeholder(date),
    })
}

/// Endings of `5-го`, `5th` as words of their own.
const ENDINGS: [&str; 8] = ["го", "ого", "е", "ое", "th", "st", "nd", "rd"];

fn is_six_digits(words: &[&str]) -> bool {
    matches!(words, [all] if all.len() == 6 && all.bytes().all(|b| b.is_ascii_digit()))
}

fn split(words: &[&str]) -> Option<(u32, u32, i32)> {
    // `5th`, `5го`.
    let number = |w: &str| {
        let digits = w.trim_end_matches(char::is_alphabetic);
        let ending = w.get(digits.len()..).unwrap_or_default();
        let read = digits.parse::<u32>().ok().filter(|_| digits.len() <= 4);
        read.filter(|_| ending.is_empty() || ENDINGS.contains(&ending))
    };
    match words {
        [all] if is_six_digits(words) => Some((number(&all[..2])?, number(&all[2..4])?, year_of(&all[4..])?)),
        [m, d, y, ..] if month_of(m).is_some() && number(m).is_none() => {
            Some((number(d)?, month_of(m)?, year_of(y)?))
        }
        [all] if all.len() == 8 && all.bytes().all(|b| b.is_ascii_digit()) => {
            let by_year = (number(&all[6..])?, number(&all[4..6])?, year_of(&all[..4])?);
            let by_day = (number(&all[..2])?, number(&all[2..4])?, year_of(&all[4..])?);
            Some(if (1900..2100).contains(&by_day.2) {
                by_day
            } else {
                by_year
            })
        }
        [y, m, d, ..] if y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()) => {
            // `1981-03-05T00:00` keeps its day before the letter.
            let d: String = d.chars().take_while(char::is_ascii_digit).collect();
            Some((number(&d)?, number(m).or_else(|| month_of(m))?, year_of(y)?))
        }
        [d, m, y, ..] => Some((number(d)?, number(m).or_else(|| month_of(m))?, year_of(y)?)),
        _ => None,
    }
}

fn month_of(word: &str) -> Option<u32> {
    // Of the Latin letters these are, or of the Cyrillic one that looks like them.
    let roman = word.replace('х', "x").replace(['і', 'l'], "i");
    let roman = ROMAN.iter().position(|one| *one == roman);
    let at = roman.or_else(|| named_month(word))?;
    u32::try_from(at + 1).ok()
}

fn named_month(word: &str) -> Option<usize> {
    MONTHS.iter().position(|(ru, en)| {
        let may = *en == "may" && (word == "май" || word == "мая");
        word.starts_with(en) || may || (*en != "may" && word.starts_with(ru))
    })
}

fn year_of(word: &str) -> Option<i32> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let year: i32 = digits.parse().ok()?;
    match digits.len() {
        2 if year <= 12 => Some(2000 + year),
        2 => Some(1900 + year),
        4 => Some(year),
        _ => None,
    }
}

/// What programs put where nothing was known: the beginnings of their calendars.
fn is_placeholder(date: NaiveDate) -> bool {
    date.year() < 1910 || (date.year() == 1970 && date.ordinal() == 1)
}

#[cfg(test)]
mod tests {
    use super::{BirthDateError, parse};

    #[test]
    fn every_writing_is_one_date() {
        for typed in [
            "05.03.1981",
            "5/3/81",
            "1981-03-05",
            "1981-03-05T00:00:00Z",
            "05031981",
            "19810305",
            "5 марта 1981 г.",
            "050381",
            "5-го марта 1981",
            "5го марта 1981 года",
            "5-ое марта 1981",
            "March 5, 1981",
            "Mar. 5th, 1981",
            "марта 5, 1981",
            "5.III.1981",
            "5/iii/81",
            "5 III 1981",
        ] {
            assert_eq!(parse(typed).unwrap().date.to_string(), "1981-03-05", "{typed}");
        }
        assert_eq!(parse("01.05.2001").unwrap().date.to_string(), "2001-05-01");
        assert_eq!(parse("7 мая 1990").unwrap().date.to_string(), "1990-05-07");
        assert!(parse("01.01.1900").unwrap().placeholder);
        assert_eq!(parse("31.02.1980"), Err(BirthDateError::NoSuchDay));
        assert_eq!(parse("3.ХII.1981").unwrap().date.to_string(), "1981-12-03");
        for impossible in ["310281", "051381", "000181", "450812"] {
            assert_eq!(parse(impossible), Err(BirthDateError::NoSuchDay), "{impossible}");
        }
        for unreadable in ["50381", "12345", "5.XIII.1981", "марта 1981", "05038"] {
            assert_eq!(parse(unreadable), Err(BirthDateError::Unreadable), "{unreadable}");
        }
        assert_eq!(parse("вчера"), Err(BirthDateError::Unreadable));
    }
}
