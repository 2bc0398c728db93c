//! Surnames and years that e-mail names are made of: `petukhov_m74`, `nyureeva`, `ivan.petrov1980`.

use std::sync::Arc;

use crate::normalise::{given_names, name_roles};
use crate::text::{phonetic, script::fold_word};

/// Shortest surname looked for, in letters.
const SHORTEST: usize = 4;

/// Sounds of the surnames an address may hold, and the last two digits of a year of birth at its end.
pub(super) fn said_by(address: &str) -> (Vec<Arc<str>>, Option<i32>) {
    let local = address.split('@').next().unwrap_or_default();
    let mut sounds: Vec<Arc<str>> = Vec::new();
    for word in local.split(|c: char| !c.is_ascii_alphabetic()).take(4) {
        let whole = word.len();
        // The word, or the word without an initial before or after it.
        for part in [word.get(..), word.get(1..), word.get(..whole.saturating_sub(1))] {
            let folded = fold_word(part.unwrap_or_default());
            let surname = folded.chars().count() >= SHORTEST && name_roles::looks_like_surname(&folded);
            if surname && !given_names::look_up(&folded).is_some_and(|k| k.exact) {
                let sound: Arc<str> = phonetic::key(&name_roles::surname_stem(&folded)).into();
                if !sounds.contains(&sound) {
                    sounds.push(sound);
                }
            }
        }
    }
    (sounds, year(local))
}

fn year(local: &str) -> Option<i32> {
    let head = local.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = local.get(head.len()..)?;
    let number: i32 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(number),
        4 if (1930..=2012).contains(&number) => Some(number % 100),
        _ => None,
    }
}
