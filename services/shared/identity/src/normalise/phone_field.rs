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
pub(crate) fn split_extension(text: &str) -> (&str, Option<String>) {
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

/// The parts of a field that may each be a number, each with its extension. What is said beside the numbers, a time to
/// call, whose it is, ends a number and is no part of one.
pub fn pieces(raw: &str) -> Vec<String> {
    let text = letters_for_digits(&text::clean(raw));
    let mut parts: Vec<Part> = Vec::new();
    let mut apart = true;
    let (mut words, mut run) = (String::new(), String::new());
    for c in text.chars().chain([';']) {
        let of_number = c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')' | '.');
        if of_number && (c.is_ascii_digit() || !run.is_empty() || matches!(c, '+' | '(')) {
            run.push(c);
            continue;
        }
        if run.bytes().any(|b| b.is_ascii_digit()) {
            take(&mut parts, &run, &words, apart);
            words.clear();
            apart = false;
        }
        run.clear();
        apart |= matches!(c, ';' | ',' | '/' | '|');
        words.push(c);
    }
    parts
        .into_iter()
        .filter(|part| text::digits(&part.number).len() >= 5)
        .map(|part| match part.extension {
            Some(extension) => format!("{} доб. {extension}", part.number.trim()),
            None => part.number.trim().to_owned(),
        })
        .collect()
}

/// `8 9I6 2OO-11-46`: letters within a number that look like digits are such. A letter of a word, or one that stands alone, is
/// none.
pub(super) fn letters_for_digits(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_letter = |at: usize| chars.get(at).is_some_and(|c| c.is_alphabetic());
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        if !is_letter(at) {
            out.push(*c);
            at += 1;
            continue;
        }
        let word: Vec<char> = chars
            .iter()
            .skip(at)
            .take_while(|c| c.is_alphabetic())
            .copied()
            .collect();
        let digits: Option<String> = word.iter().map(|c| text::script::digit_look(*c)).collect();
        let next = chars.get(at + word.len()..).unwrap_or_default();
        let before = at
            .checked_sub(1)
            .and_then(|i| chars.get(i))
            .is_some_and(|c| c.is_ascii_digit() || *c == '-');
        let follows = match next {
            [c, ..] if c.is_ascii_digit() => true,
            [c, d, ..] => matches!(c, '-' | ' ' | ')') && d.is_ascii_digit(),
            _ => false,
        };
        // Zeros in the middle, `2OO-11`, or between other digits, `9I6`.
        match digits.filter(|_| before && follows) {
            Some(digits) => out.push_str(&digits),
            None => out.extend(&word),
        }
        at += word.len();
    }
    out
}

/// A number on its way.
struct Part {
    number: String,
    extension: Option<String>,
}

/// Adds digits that follow some words: an extension, the rest of a number, or another number.
fn take(parts: &mut Vec<Part>, run: &str, words: &str, apart: bool) {
    let digits = text::digits(run);
    if let Some(last) = parts.last_mut() {
        let have = text::digits(&last.number).len();
        if have >= 5 && last.extension.is_none() && says_extension(words) && digits.len() <= 7 {
            last.extension = Some(digits);
            return;
        }
        // `8 (код 916) 123-45…`: words within a number; after a whole one they speak of something else.
        if !apart && have < 10 && (10..=11).contains(&(have + digits.len())) && digits.len() < 10 {
            last.number.push(' ');
            last.number.push_str(run);
            return;
        }
    }
    let numbers = split_run(run).into_iter();
    parts.extend(numbers.map(|number| Part {
        number,
        extension: None,
    }));
}

/// Whether one of the words names an extension: `доб`, `вн.`, `#`.
fn says_extension(words: &str) -> bool {
    let lower = words.to_lowercase();
    let mut each = lower.split(|c: char| !c.is_alphabetic());
    lower.contains('#')
        || each.any(|word| {
            let whole = matches!(word, "вн" | "доп" | "ext" | "x" | "х");
            whole
                || ["доб", "внутр", "extension"]
                    .iter()
                    .any(|mark| word.starts_with(mark))
        })
}

/// Splits numbers that only blanks or a plus keep apart: `89161234567 89031234567`.
fn split_run(part: &str) -> Vec<String> {
    if text::digits(part).len() <= 15 {
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
