//! Parts of addresses and numbers of documents: what is comparable by its letters and digits alone.

use super::MAX_VALUES;
use crate::record::RecordInput;
use crate::text;

/// Longest part of an address kept, in characters.
const MAX_PART: usize = 120;

/// Small letters and digits only: blanks and marks in a part of an address are as often wrong as right.
pub(super) fn bare(raw: &str) -> Option<String> {
    let kept: String = text::clean(raw)
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .take(MAX_PART)
        .collect();
    Some(kept).filter(|k| !k.is_empty())
}

/// Letters and digits of every document number long enough to tell people apart.
pub(super) fn documents(input: &RecordInput) -> Vec<String> {
    let kept = |raw: &String| -> String {
        text::clean(raw)
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect()
    };
    input
        .documents
        .iter()
        .take(MAX_VALUES)
        .map(kept)
        .filter(|d| (5..=32).contains(&d.len()))
        .collect()
}

/// `г. Казань` is `казань`.
pub(super) fn city_of(raw: &str) -> String {
    let words = text::clean(raw);
    words
        .split([' ', '.', ','])
        .map(text::script::fold_word)
        .filter(|w| !w.is_empty() && !matches!(w.as_str(), "г" | "город" | "гор"))
        .collect::<Vec<_>>()
        .join(" ")
}
