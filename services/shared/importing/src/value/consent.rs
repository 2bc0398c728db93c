//! Consent and refusal in the words of exports.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::date;

/// What a cell says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Neither yes nor no.
    Nothing,
    Granted,
    Refused,
    /// Given that day.
    GrantedOn(DateTime<Utc>),
    /// Given for these channels only.
    GrantedFor(Vec<&'static str>),
}

/// Reads a cell; none when it says something that cannot be understood, which must not become a consent.
pub fn read(text: &str, zone: Tz) -> Option<Said> {
    let lower = text.trim().to_lowercase().replace('ё', "е");
    let word = lower.trim_end_matches(['.', '!']);
    match word {
        "" | "-" | "—" | "?" | "не указано" | "неизвестно" | "нет данных" | "unknown" | "n/a" =>
        {
            return Some(Said::Nothing);
        }
        "да" | "+" | "1" | "y" | "yes" | "true" | "истина" | "есть" | "дал" | "дано" | "дала"
        | "получено" | "согласен" | "согласна" | "подписано" | "v" | "x" | "on" | "granted" | "✓" | "☑" =>
        {
            return Some(Said::Granted);
        }
        "нет"
        | "0"
        | "n"
        | "no"
        | "false"
        | "ложь"
        | "отказ"
        | "отказался"
        | "отказалась"
        | "не дал"
        | "не дала"
        | "не дано"
        | "отозвано"
        | "не согласен"
        | "не согласна"
        | "off"
        | "refused"
        | "отсутствует" => {
            return Some(Said::Refused);
        }
        _ => {}
    }
    if let Some(at) = date::moment(word, zone) {
        return Some(Said::GrantedOn(at));
    }
    let channels = word
        .split([',', ';', '/', '+'])
        .map(|part| match part.trim() {
            "sms" | "смс" | "sms рассылка" => Some("sms"),
            "email" | "e-mail" | "почта" | "эл. почта" | "mail" => Some("email"),
            "звонок" | "звонки" | "телефон" | "call" | "calls" | "phone" => Some("call"),
            "все" | "любые" | "any" | "all" => Some("any"),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Said::GrantedFor(channels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_no_a_day_some_channels_and_what_is_none_of_it() {
        let read = |text| read(text, Tz::UTC);
        assert_eq!(read("Да"), Some(Said::Granted));
        assert_eq!(read("Отказ"), Some(Said::Refused));
        assert_eq!(read("-"), Some(Said::Nothing));
        assert!(matches!(read("12.03.2023"), Some(Said::GrantedOn(_))));
        assert_eq!(read("SMS, e-mail"), Some(Said::GrantedFor(vec!["sms", "email"])));
        assert_eq!(read("да, но только по праздникам"), None);
    }
}
