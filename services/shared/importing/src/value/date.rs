//! Moments in the writings of exports.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

const MONTHS: [&str; 12] = [
    "янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
];
const ENGLISH: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads `12.03.2024 10:15:00`, `2024-03-12T10:15:00+03:00`, `12 марта 2024 г., 10:15`, `12/3/24`; without a zone it is
/// meant in `zone`, without a time the day's beginning. The day stands before the month unless only the other order
/// exists; two-digit years up to 69 are of this century.
pub fn moment(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.len() > 100 {
        return None;
    }
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return sensible(exact.to_utc());
    }
    let local = match serial(text) {
        Some(counted) => counted,
        None => NaiveDateTime::new(date(text)?, time(text).unwrap_or(NaiveTime::MIN)),
    };
    let found = zone.from_local_datetime(&local).earliest();
    // In the hour that a change of clocks leaves out, the next one is meant.
    let found = found.or_else(|| zone.from_local_datetime(&(local + Duration::hours(1))).earliest())?;
    sensible(found.to_utc())
}

/// A day as a spreadsheet counts it, with its time as a fraction: `45363`, `45363,4270833`. Days of 1927 to 2079; a shorter or
/// longer number is something else.
pub fn serial(text: &str) -> Option<NaiveDateTime> {
    let (days, fraction) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if days.len() != 5 || fraction.len() > 17 || !digits(days) || !digits(fraction) {
        return None;
    }
    let days: i64 = days
        .parse()
        .ok()
        .filter(|days| (10_000..=65_535).contains(days))?;
    let part: f64 = format!("0.{fraction}").parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "the seconds of a day")]
    let seconds = (part * 86_400.0).round() as i64;
    let base = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN);
    base.checked_add_signed(Duration::days(days) + Duration::seconds(seconds))
}

fn sensible(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let year = chrono::Datelike::year(&at);
    (1950..=2100).contains(&year).then_some(at)
}

/// The day in a text.
pub fn date(text: &str) -> Option<NaiveDate> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(3)
        .collect();
    let number = |word: &str| word.parse::<u32>().ok().filter(|_| word.len() <= 4);
    if let [all, ..] = words.as_slice()
        && all.len() == 8
        && all.bytes().all(|byte| byte.is_ascii_digit())
    {
        return NaiveDate::parse_from_str(all, "%Y%m%d").ok();
    }
    let [first, second, third] = words.as_slice() else {
        return None;
    };
    let month = number(second).or_else(|| month(second))?;
    if first.len() == 4 {
        // `2024-03-12t10` keeps its day before the letter.
        let day: String = third.chars().take_while(char::is_ascii_digit).collect();
        return NaiveDate::from_ymd_opt(year(first)?, month, number(&day)?);
    }
    let (day, year) = (number(first)?, year(third)?);
    NaiveDate::from_ymd_opt(year, month, day).or_else(|| NaiveDate::from_ymd_opt(year, day, month))
}

fn month(word: &str) -> Option<u32> {
    let russian = |at: usize, start: &str| {
        if at == 4 {
            word == "май" || word == "мая"
        } else {
            word.starts_with(start)
        }
    };
    let at = (0..12).find(|at| russian(*at, MONTHS[*at]) || word.starts_with(ENGLISH[*at]))?;
    u32::try_from(at + 1).ok()
}

fn year(word: &str) -> Option<i32> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let year: i32 = digits.parse().ok()?;
    match digits.len() {
        2 if year <= 69 => Some(2000 + year),
        2 => Some(1900 + year),
        4 => Some(year),
        _ => None,
    }
}

/// The first `h:mm` with its seconds and half of the day.
fn time(text: &str) -> Option<NaiveTime> {
    let colon = text.find(':')?;
    let hour = text[..colon].rsplit(|c: char| !c.is_ascii_digit()).next()?;
    let mut rest = text[colon + 1..].split(|c: char| !c.is_ascii_digit());
    let minute = rest.next()?.parse().ok()?;
    let seconds = text[colon + 1..].find(':').and_then(|_| rest.next());
    let second = seconds.and_then(|second| second.parse().ok()).unwrap_or(0);
    let mut hour: u32 = hour.parse().ok()?;
    let lower = text.to_ascii_lowercase();
    if lower.ends_with("pm") && hour < 12 {
        hour += 12;
    } else if lower.ends_with("am") && hour == 12 {
        hour = 0;
    }
    NaiveTime::from_hms_opt(hour, minute, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_in_every_writing() {
        for text in [
            "12.03.2024 10:15:00",
            "12.03.24 10:15",
            "2024-03-12T10:15:00+03:00",
            "2024-03-12 10:15",
            "12 марта 2024 г., 10:15",
            "3/12/2024 10:15 AM",
        ] {
            let expected = if text.starts_with("3/") {
                "2024-12-03T07:15:00+00:00"
            } else {
                "2024-03-12T07:15:00+00:00"
            };
            assert_eq!(
                moment(text, Tz::Europe__Moscow).unwrap().to_rfc3339(),
                expected,
                "{text}"
            );
        }
        assert_eq!(
            moment("12.03.2024", Tz::UTC).unwrap().to_rfc3339(),
            "2024-03-12T00:00:00+00:00"
        );
        for (text, day) in [
            ("45363", "2024-03-11T21:00:00+00:00"),
            ("45363,4270833", "2024-03-12T07:15:00+00:00"),
        ] {
            assert_eq!(
                moment(text, Tz::Europe__Moscow).unwrap().to_rfc3339(),
                day,
                "{text}"
            );
        }
        for text in ["4536", "453630", "99999", "45363.x"] {
            assert_eq!(serial(text), None, "{text}");
        }
        for text in ["вчера", "", "99.99.2024", "0", "12:30", "31.02.2024"] {
            assert_eq!(moment(text, Tz::UTC), None, "{text}");
        }
    }
}
