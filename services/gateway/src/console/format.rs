//! Instants, amounts, numbers and telephone numbers as people write them in each language.

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use super::i18n::{Locale, Texts};

/// Non-breaking space.
const NBSP: char = '\u{a0}';
const MONTHS_RU: [&str; 12] = [
    "янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
];
const MONTHS_EN: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Formats for one page.
#[derive(Debug, Clone, Copy)]
pub struct Format<'a> {
    pub texts: &'a Texts,
    pub locale: Locale,
    pub zone: Tz,
    pub now: DateTime<Utc>,
}

impl Format<'_> {
    fn month(&self, month0: u32) -> &'static str {
        let months = match self.locale {
            Locale::Ru => MONTHS_RU,
            Locale::En => MONTHS_EN,
        };
        usize::try_from(month0)
            .ok()
            .and_then(|index| months.get(index).copied())
            .unwrap_or("")
    }

    /// `21 ноя`, with the year when it is another one.
    pub fn date(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        let mut text = format!("{}{NBSP}{}", local.day(), self.month(local.month0()));
        if local.year() != self.now.with_timezone(&self.zone).year() {
            text.push(NBSP);
            text.push_str(&local.year().to_string());
        }
        text
    }

    /// `2 мая 1980` of a plain day, which has no zone; as it is when it is none.
    pub fn day(&self, day: &str) -> String {
        let Ok(day) = day.parse::<NaiveDate>() else {
            return day.to_owned();
        };
        format!(
            "{}{NBSP}{}{NBSP}{}",
            day.day(),
            self.month(day.month0()),
            day.year()
        )
    }

    /// `14:05`.
    pub fn time(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%H:%M").to_string()
    }

    /// `21 ноя, 14:05`.
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        format!("{}, {}", self.date(at), self.time(at))
    }

    /// The exact moment with its zone, for the hover.
    pub fn exact(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone)
            .format("%d.%m.%Y %H:%M:%S %Z")
            .to_string()
    }

    /// Relative within the last day, else the date; the future is always a moment.
    pub fn ago(&self, at: DateTime<Utc>) -> String {
        let past = self.now - at;
        if past < Duration::seconds(-30) {
            return self.moment(at);
        }
        let minutes = past.num_minutes();
        if minutes < 1 {
            self.texts.get("time.now")
        } else if minutes < 60 {
            self.texts.count("time.minutes_ago", minutes)
        } else if past < Duration::hours(24) {
            self.texts.count("time.hours_ago", past.num_hours())
        } else {
            self.moment(at)
        }
    }

    /// How long ago, in the largest fitting unit: `3 недели назад`.
    pub fn since(&self, at: DateTime<Utc>) -> String {
        let days = (self.now - at).num_days();
        match days {
            ..=0 => self.ago(at),
            1..=13 => self.texts.count("time.days_ago", days),
            14..=59 => self.texts.count("time.weeks_ago", days / 7),
            60..=729 => self.texts.count("time.months_ago", days / 30),
            _ => self.texts.count("time.years_ago", days / 365),
        }
    }

    /// A length of time: `45 с`, `3:05`, `2 ч 10 мин`, `4 дн`.
    pub fn length(&self, seconds: i64) -> String {
        let seconds = seconds.abs();
        let unit = |key: &str| self.texts.get(key);
        match seconds {
            ..=59 => format!("{seconds}{NBSP}{}", unit("time.s")),
            60..=3599 => format!("{}{NBSP}{}", seconds / 60, unit("time.min")),
            3600..=172_799 => {
                let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
                if minutes == 0 {
                    format!("{hours}{NBSP}{}", unit("time.h"))
                } else {
                    format!(
                        "{hours}{NBSP}{}{NBSP}{minutes}{NBSP}{}",
                        unit("time.h"),
                        unit("time.min")
                    )
                }
            }
            _ => format!("{}{NBSP}{}", seconds / 86_400, unit("time.d")),
        }
    }
}

/// `1 250 000`.
pub fn digits(number: i64) -> String {
    let plain = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(plain.len() + 4);
    if number < 0 {
        text.push('−');
    }
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            text.push(NBSP);
        }
        text.push(digit);
    }
    text
}

/// `1 250 000`: a weight without a unit, rounded.
pub fn points(worth: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and no client is worth that much"
    )]
    let whole = worth.round() as i64;
    digits(whole)
}

/// `1 250 000 ₽`; kopecks only when there are any.
pub fn money(minor: i64, currency: &str) -> String {
    let sign = match currency {
        "RUB" => "₽",
        "EUR" => "€",
        "USD" => "$",
        other => other,
    };
    let rest = minor.unsigned_abs() % 100;
    let whole = digits(minor / 100);
    if rest == 0 {
        format!("{whole}{NBSP}{sign}")
    } else {
        format!("{whole},{rest:02}{NBSP}{sign}")
    }
}

/// `+7 916 123-45-67` for Russian numbers; others in groups of three.
pub fn phone(e164: &str) -> String {
    let digits: String = e164.chars().filter(char::is_ascii_digit).collect();
    if !e164.starts_with('+') {
        return e164.to_owned();
    }
    if digits.len() == 11 && digits.starts_with('7') {
        return format!(
            "+7{NBSP}{}{NBSP}{}-{}-{}",
            &digits[1..4],
            &digits[4..7],
            &digits[7..9],
            &digits[9..]
        );
    }
    let mut text = String::from("+");
    for (index, digit) in digits.chars().enumerate() {
        if index > 1 && (index - 2) % 3 == 0 {
            text.push(NBSP);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_phones_look_as_people_write_them() {
        assert_eq!(money(125_000_000, "RUB"), "1\u{a0}250\u{a0}000\u{a0}₽");
        assert_eq!(money(150, "EUR"), "1,50\u{a0}€");
        assert_eq!(phone("+79161234567"), "+7\u{a0}916\u{a0}123-45-67");
        assert_eq!(phone("102"), "102");
        assert_eq!(phone(""), "");
    }

    #[test]
    fn moments_are_in_the_branch_zone_and_relative_within_a_day() {
        let texts = Texts::load(Locale::Ru).unwrap();
        let now = DateTime::parse_from_rfc3339("2026-11-21T12:00:00Z")
            .unwrap()
            .with_timezone(&Utc);
        let format = Format {
            texts: &texts,
            locale: Locale::Ru,
            zone: chrono_tz::Europe::Moscow,
            now,
        };
        assert_eq!(format.moment(now - Duration::days(2)), "19\u{a0}ноя, 15:00");
        assert_eq!(format.ago(now - Duration::minutes(5)), "5 минут назад");
        assert_eq!(format.since(now - Duration::days(21)), "3 недели назад");
        assert_eq!(format.length(7800), "2\u{a0}ч\u{a0}10\u{a0}мин");
    }
}
