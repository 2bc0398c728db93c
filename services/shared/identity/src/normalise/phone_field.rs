//! A phone field before it is a number: several numbers in one field, extensions.

use crate::text;

const EXTENSION_MARKS: [&str; 9] = [
    "добавочный",
    "доб",
    "внутр",
    "вн",
    "extension",
    "ext",
    "доп",
    "#",
    "x",
];

/// Cuts `доб. 12`, `ext 12`, `#12`, `;ext=12` off the end. The mark must follow the number.
pub(super) fn split_extension(text: &str) -> (&str, Option<String>) {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return (text, None);
    }
    for mark in EXTENSION_MARKS {
        let Some(at) = lower.find(mark) else { continue };
        let (Some(head), Some(tail)) = (text.get(..at), text.get(at + mark.len()..)) else {
            continue;
        };
        let extension = text::digits(tail);
        if text::digits(head).len() >= 5 && (1..=7).contains(&extension.len()) {
            return (head, Some(extension));
        }
    }
    (text, None)
}

/// The parts of a field that may each be a number.
pub(crate) fn pieces(raw: &str) -> Vec<String> {
    let text = text::clean(raw).replace(" или ", ";").replace(" и ", ";");
    let mut parts: Vec<String> = Vec::new();
    for part in text.split([';', ',', '/', '|', '\n']) {
        let count = text::digits(part).len();
        match parts.last_mut() {
            // `, доб. 12` belongs to the number before it.
            Some(last) if (1..5).contains(&count) => {
                last.push(' ');
                last.push_str(part);
            }
            _ if count >= 5 => parts.extend(split_run(part)),
            _ => {}
        }
    }
    parts
}

/// Splits numbers that only blanks or a plus keep apart: `89161234567 89031234567`.
fn split_run(part: &str) -> Vec<String> {
    if text::digits(part).len() <= 15 || split_extension(part).1.is_some() {
        return vec![part.to_owned()];
    }
    let mut out = Vec::new();
    let mut current = String::new();
    for word in part.replace('+', " +").split_whitespace() {
        let have = text::digits(&current);
        let complete =
            have.len() == 11 && have.starts_with(['7', '8']) || have.len() == 10 && have.starts_with('9');
        if complete || (word.starts_with('+') && have.len() >= 5) {
            out.push(std::mem::take(&mut current));
        }
        current.push(' ');
        current.push_str(word);
    }
    out.push(current);
    out
}
