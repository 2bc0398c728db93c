//! How far apart two spellings are.

/// Longest word compared, in characters; anything longer counts by its beginning.
const MAX: usize = 64;

/// Edit distance with neighbouring letters swapped counted once (optimal string alignment). Symmetric.
pub fn edits(a: &str, b: &str) -> usize {
    bounded(a, b, MAX).unwrap_or(MAX)
}

/// Whether at most so many edits lie between two words.
pub fn within(a: &str, b: &str, most: usize) -> bool {
    bounded(a, b, most).is_some()
}

/// The edits, unless they are more than `most`.
fn bounded(a: &str, b: &str, most: usize) -> Option<usize> {
    let (mut left, mut right) = (['\0'; MAX], ['\0'; MAX]);
    let (a, b) = (letters(a, &mut left), letters(b, &mut right));
    // What both begin or end with changes nothing.
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    if a.is_empty() || b.is_empty() {
        return Some(a.len() + b.len());
    }
    // One edit between words that differ in their first and last letter: one letter, or two swapped.
    if most == 1 && a.len().max(b.len()) > 2 {
        return None;
    }
    let mut rows = [[0u8; MAX + 1]; 3];
    for (j, cell) in (0u8..).zip(rows[0].iter_mut().take(b.len() + 1)) {
        *cell = j;
    }
    for (i, first) in (1u8..).zip(a) {
        let at = usize::from(i);
        let [before, prev, row] = [(at + 1) % 3, (at + 2) % 3, at % 3];
        rows[row][0] = i;
        let mut least = i;
        for j in 1..=b.len() {
            let cost = u8::from(*first != b[j - 1]);
            let mut best = (rows[prev][j] + 1)
                .min(rows[row][j - 1] + 1)
                .min(rows[prev][j - 1] + cost);
            if at > 1 && j > 1 && *first == b[j - 2] && a[at - 2] == b[j - 1] {
                best = best.min(rows[before][j - 2] + 1);
            }
            rows[row][j] = best;
            least = least.min(best);
        }
        // A swap reaches back two rows, so one more than allowed may still come right.
        if usize::from(least) > most + 1 {
            return None;
        }
    }
    let found = usize::from(rows[a.len() % 3][b.len()]);
    (found <= most).then_some(found)
}

fn letters<'l>(word: &str, into: &'l mut [char; MAX]) -> &'l [char] {
    let mut count = 0;
    for (place, letter) in into.iter_mut().zip(word.chars()) {
        *place = letter;
        count += 1;
    }
    &into[..count]
}

/// Whether two words are one word with a slip of the finger: one edit from four letters on, two from eight.
pub fn is_slip(a: &str, b: &str) -> bool {
    if a == b {
        return a.chars().count() > 3;
    }
    let (la, lb) = (a.chars().count(), b.chars().count());
    let allowed = match la.min(lb) {
        0..=3 => return false,
        4..=7 => 1,
        _ => 2,
    };
    la.abs_diff(lb) <= allowed && within(a, b, allowed)
}

#[cfg(test)]
mod tests {
    use super::{edits, is_slip};

    #[test]
    fn counts_edits() {
        assert_eq!(edits("иванов", "иваонв"), 1);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("аабб", "аббб"), 1);
        assert_eq!(edits("петров", "перт"), 3);
        assert!(super::within("абв", "бав", 1) && !super::within("абвг", "багв", 1));
        assert!(is_slip("константин", "констонтен"));
        assert!(!is_slip("иван", "олег"));
    }
}
