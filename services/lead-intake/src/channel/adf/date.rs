//! Dates as lead senders write them.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// A date read, and whether something had to be assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadDate {
    pub at: DateTime<Utc>,
    /// The order of day and month, the century, the zone or the hour was assumed.
    pub guessed: bool,
}

/// Reads ISO dates with one-digit parts, any fraction, any or no zone; `YYYY-DD-MM`; `MM/DD/YY[YY]` (month first as in
/// the format's home, day first when it must be); `DD.MM.YYYY`. What has no zone is taken in `zone`. `None`: unreadable.
pub fn read(text: &str, zone: Tz) -> Option<ReadDate> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return within_reason(date.with_timezone(&Utc), false);
    }
    let (date_text, rest) = split_date(text);
    let (date, mut guessed) = read_day(date_text)?;
    let (time, zone_text) = read_time(rest.trim_start_matches(['T', 't', ' ', ',']));
    let Some(time) = time else {
        // A day without an hour: noon keeps the day right in any zone nearby.
        let noon = date.and_time(NaiveTime::from_hms_opt(12, 0, 0)?);
        return within_reason(in_zone(noon, zone)?, true);
    };
    let local = date.and_time(time);
    let at = match read_offset(zone_text.trim()) {
        Some(seconds) => {
            guessed |= zone_text.trim().len() < 6 && !zone_text.trim().eq_ignore_ascii_case("z");
            local
                .checked_sub_signed(chrono::TimeDelta::try_seconds(seconds)?)?
                .and_utc()
        }
        None => {
            guessed = true;
            in_zone(local, zone)?
        }
    };
    within_reason(at, guessed)
}

fn within_reason(at: DateTime<Utc>, guessed: bool) -> Option<ReadDate> {
    let year = chrono::Datelike::year(&at);
    (1990..=2100).contains(&year).then_some(ReadDate { at, guessed })
}

fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.with_timezone(&Utc)),
        // An hour that the clocks skipped: read as if they had not.
        LocalResult::None => zone
            .from_local_datetime(&local.checked_add_signed(chrono::TimeDelta::hours(1))?)
            .earliest()
            .map(|at| at.with_timezone(&Utc)),
    }
}

fn split_date(text: &str) -> (&str, &str) {
    let end = text.find(['T', 't', ' ', ',']).unwrap_or(text.len());
    text.split_at(end)
}

fn read_day(text: &str) -> Option<(NaiveDate, bool)> {
    let separator = text.chars().find(|c| !c.is_ascii_digit());
    let Some(separator) = separator else {
        if text.len() != 8 {
            return None;
        }
        return NaiveDate::parse_from_str(text, "%Y%m%d")
            .ok()
            .map(|date| (date, false));
    };
    let parts: Vec<u32> = text
        .split(separator)
        .map(|part| part.trim().parse().ok())
        .collect::<Option<_>>()?;
    let [a, b, c] = parts[..] else { return None };
    let date = |year: u32, month: u32, day: u32| {
        let year = if year < 100 { 2000 + year } else { year };
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
    };
    match separator {
        '-' | '/' | '.' if a > 999 => date(a, b, c)
            .map(|found| (found, false))
            .or_else(|| date(a, c, b).map(|found| (found, true))),
        '.' => date(c, b, a).map(|found| (found, c < 100)),
        '/' | '-' => date(c, a, b)
            .map(|found| (found, c < 100 || (a <= 12 && b <= 12 && a != b)))
            .or_else(|| date(c, b, a).map(|found| (found, true))),
        _ => None,
    }
}

/// `H:M[:S[.fraction]] [AM|PM]`, and what follows it.
fn read_time(text: &str) -> (Option<NaiveTime>, &str) {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'))
        .unwrap_or(text.len());
    let (clock, mut rest) = text.split_at(end);
    if let (true, Ok(packed)) = (clock.len() == 6, clock.parse::<u32>()) {
        return (
            NaiveTime::from_hms_opt(packed / 10_000, packed / 100 % 100, (packed % 100).min(59)),
            rest,
        );
    }
    let mut parts = clock.split(':');
    let mut number = || {
        let digits: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    };
    let (hour, minute, second) = (number(), number(), number().unwrap_or(0));
    let (Some(mut hour), Some(minute)) = (hour, minute) else {
        return (None, text);
    };
    let lower = rest.trim_start().to_ascii_lowercase();
    if lower.starts_with("pm") || lower.starts_with("am") {
        hour = hour % 12 + if lower.starts_with("pm") { 12 } else { 0 };
        rest = rest.trim_start().get(2..).unwrap_or_default();
    }
    (NaiveTime::from_hms_opt(hour, minute, second.min(59)), rest)
}

/// `Z`, `UTC`, `+03:00`, `-0500`, `-08:0`, `+3` in seconds east; `None` when there is none.
fn read_offset(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    if matches!(upper.as_str(), "Z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = match upper.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let body = &upper[1..];
    let (hours, minutes) = match body.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if body.len() > 2 && body.is_ascii() => body.split_at(2),
        None => (body, ""),
    };
    let hours: i64 = hours.parse().ok()?;
    let minutes: i64 = minutes.trim().parse().unwrap_or(0);
    (hours <= 14 && (0..60).contains(&minutes)).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        read(text, chrono_tz::Europe::Moscow).map(|read| read.at.format("%Y-%m-%dT%H:%M:%S").to_string())
    }

    #[test]
    fn odd_forms() {
        for (written, meant) in [
            ("2008-06-25T8:47:50", "2008-06-25T04:47:50"),
            ("2009-03-30T15:30:20-08:00", "2009-03-30T23:30:20"),
            ("2009-03-30T15:30:20-08:0", "2009-03-30T23:30:20"),
            ("2025-09-22T18:07", "2025-09-22T15:07:00"),
            ("2026-03-11T03:11:42.3770000Z", "2026-03-11T03:11:42"),
            ("2025-22-09T10:00:00Z", "2025-09-22T10:00:00"),
            ("09/22/25 6:07 PM", "2025-09-22T15:07:00"),
            ("22/09/2025", "2025-09-22T09:00:00"),
            ("22.09.2025 18:07", "2025-09-22T15:07:00"),
            ("20250922T180700+0300", "2025-09-22T15:07:00"),
            ("Mon, 22 Sep 2025 18:07:00 +0300", "2025-09-22T15:07:00"),
        ] {
            assert_eq!(utc(written).as_deref(), Some(meant), "{written}");
        }
        for junk in [
            "",
            "yesterday",
            "0000-00-00",
            "2025-13-13",
            "1/2",
            "-",
            "9999999999999",
            "é1-1-1",
        ] {
            assert_eq!(utc(junk), None, "{junk}");
        }
    }
}
