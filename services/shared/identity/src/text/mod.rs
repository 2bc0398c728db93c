//! Letters before meaning: cleaning, scripts, sound and distance. Every normaliser stands on this module.

use unicode_normalization::UnicodeNormalization as _;

pub mod distance;
pub mod phonetic;
pub mod script;

/// Longest field, in characters, any normaliser looks at; the rest of a longer field is ignored.
pub const MAX_FIELD_CHARS: usize = 400;

/// As [`clean_to`] for a field.
pub fn clean(raw: &str) -> String {
    clean_to(raw, MAX_FIELD_CHARS)
}

/// Copy of the first `most` characters of `raw` without control and zero-width characters, every kind of space turned into one
/// ordinary space, every kind of dash into `-`, full-width digits into ASCII, a letter and its mark into one letter (`й` of two
/// characters, as some programs write it). Trimmed.
pub fn clean_to(raw: &str, most: usize) -> String {
    let composed: String;
    let is_mark = |c| matches!(c, '\u{0300}'..='\u{036F}');
    let raw = if raw.chars().take(most).any(is_mark) {
        composed = raw.chars().take(most).nfc().collect();
        &composed
    } else {
        raw
    };
    let mut out = String::with_capacity(raw.len().min(most * 2));
    for c in raw.chars().take(most) {
        let c = match c {
            '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}' => continue,
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FF0D}' => '-',
            '\u{FF10}'..='\u{FF19}' => char::from_digit(u32::from(c) - 0xFF10, 10).unwrap_or(' '),
            '\u{FF0B}' => '+',
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out
}

/// Only the ASCII digits of `s`.
pub fn digits(s: &str) -> String {
    s.chars().filter(char::is_ascii_digit).collect()
}

/// First letter upper case, the rest lower, in each part of a hyphenated word.
pub fn title_case(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut start = true;
    for c in word.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = c == '-';
    }
    out
}
