//! Reads contacts, cars and consents out of free text: `Key: value` lines, and bare numbers and addresses.

use crate::lead::contact::{looks_like_email, looks_like_phone};
use crate::lead::{Consent, ConsentPurpose, ContactChannel};

/// Most `Key: value` pairs taken from one text.
const MAX_PAIRS: usize = 200;

/// Splits text into `Key: value` pairs, one a line or separated by commas and semicolons. Keys come in lower case.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    text.lines()
        .flat_map(|line| line.split([',', ';']))
        .filter_map(|piece| piece.split_once(':'))
        .map(|(key, value)| (key.trim().to_lowercase(), value.trim().to_owned()))
        .filter(|(key, value)| !key.is_empty() && key.chars().count() <= 40 && !value.is_empty())
        .take(MAX_PAIRS)
        .collect()
}

/// The value of the first pair whose key is one of `keys`.
pub fn value_of(pairs: &[(String, String)], keys: &[&str]) -> Option<String> {
    pairs
        .iter()
        .find(|(key, _)| keys.contains(&key.as_str()))
        .map(|(_, value)| value.clone())
}

/// E-mail addresses anywhere in the text, at most `limit`.
pub fn emails_in(text: &str, limit: usize) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')'))
        .map(|word| {
            word.trim_start_matches("mailto:")
                .trim_matches(['.', ':', '!', '?'])
        })
        .map(|word| word.rsplit(':').next().unwrap_or(word))
        .filter(|word| looks_like_email(word))
        .take(limit)
        .map(str::to_owned)
        .collect()
}

/// Phone numbers anywhere in the text, at most `limit`: ten to fifteen digits in a row of digits, blanks and `+()-.`.
/// A row with a decimal comma or that is part of a word (a VIN, an id) is none.
pub fn phones_in(text: &str, limit: usize) -> Vec<String> {
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '-' | '.' | ' ' | '\u{a0}');
    let mut found = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+' || c == '(') {
            let glued = rest[..start]
                .chars()
                .next_back()
                .is_some_and(|c| c.is_alphanumeric() || c == '$');
            let row = &rest[start..];
            let end = row
                .char_indices()
                .find(|(at, c)| !allowed(*c) || (*at > 0 && *c == '+'))
                .map_or(row.len(), |(at, _)| at);
            let ends_in_digit = row[..end].ends_with(|c: char| c.is_ascii_digit());
            let glued =
                glued || (ends_in_digit && row[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_'));
            let digits = row[..end].bytes().filter(u8::is_ascii_digit).count();
            let candidate = row[..end].trim_matches([' ', '.', '-', '\u{a0}']);
            if !glued && (10..=15).contains(&digits) && looks_like_phone(candidate) {
                found.push(candidate.to_owned());
                if found.len() == limit {
                    return found;
                }
            }
            rest = &row[end.max(1)..];
        }
    }
    found
}

/// A word of 17 letters and digits that can be a VIN.
pub fn vin_in(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .find(|word| {
            word.len() == 17
                && word.bytes().all(|b| b.is_ascii_alphanumeric())
                && word.bytes().filter(u8::is_ascii_digit).count() >= 4
                && word.bytes().any(|b| b.is_ascii_alphabetic())
        })
        .map(str::to_uppercase)
}

/// Yes, no, or neither.
pub fn truth(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "on" | "да" | "checked" | "ok" | "согласен" | "согласна" | "agree"
        | "agreed" | "accept" | "accepted" | "opt-in" | "✓" | "+" => Some(true),
        "no"
        | "n"
        | "false"
        | "0"
        | "off"
        | "нет"
        | "none"
        | "null"
        | "не согласен"
        | "не согласна"
        | "opt-out" => Some(false),
        _ => None,
    }
}

/// Consents written as pairs: `Email Opt-In: Yes`, `Согласие на рекламу: да`.
pub fn consents_in(pairs: &[(String, String)]) -> Vec<Consent> {
    pairs
        .iter()
        .filter(|(key, _)| {
            ["opt-in", "opt in", "optin", "consent", "соглас"]
                .iter()
                .any(|stem| key.contains(stem))
        })
        .filter_map(|(key, value)| {
            let given = truth(value)?;
            Some(Consent {
                purpose: purpose(key),
                channel: ContactChannel::from_words(key),
                given,
                text: format!("{key}: {value}"),
            })
        })
        .collect()
}

/// What a consent with these words is for: advertising when the words say so, an opt-in always is.
pub fn purpose(words: &str) -> ConsentPurpose {
    let lower = words.to_lowercase();
    let advertising = [
        "opt-in",
        "opt in",
        "optin",
        "market",
        "advert",
        "promo",
        "newsletter",
        "subscri",
        "mailing",
        "реклам",
        "рассыл",
        "подпис",
        "новост",
        "акци",
    ];
    if advertising.iter().any(|stem| lower.contains(stem)) {
        ConsentPurpose::Advertising
    } else {
        ConsentPurpose::Processing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_in_a_sentence() {
        let text =
            "Позвоните Анне: 8 (916) 123-45-67 или anna@example.com. VIN: XTA21099043576182, цена 1500000";
        assert_eq!(phones_in(text, 5), ["8 (916) 123-45-67"]);
        assert_eq!(emails_in(text, 5), ["anna@example.com"]);
        assert_eq!(vin_in(text).as_deref(), Some("XTA21099043576182"));
    }

    #[test]
    fn consents_from_lines() {
        let found = consents_in(&pairs("Email Opt-In: Yes\nPhone Opt-In: no\nModel: X"));
        assert_eq!(found.len(), 2);
        assert!(found[0].given && !found[1].given);
        assert_eq!(found[0].channel, Some(ContactChannel::Email));
    }
}
