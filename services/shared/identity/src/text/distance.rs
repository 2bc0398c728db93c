//! How far apart two spellings are.

/// Longest word compared, in characters; anything longer counts by its beginning.
const MAX: usize = 64;

/// Edit distance with neighbouring letters swapped counted once (optimal string alignment). Symmetric.
pub fn edits(a: &str, b: &str) -> usize {
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
    if a.is_empty() || b.is_empty() {
        return a.len() + b.len();
    }
    let mut before = [0; MAX + 1];
    let mut prev: [usize; MAX + 1] = std::array::from_fn(|j| j);
    for i in 1..=a.len() {
        let mut row = [0; MAX + 1];
        row[0] = i;
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (prev[j] + 1).min(row[j - 1] + 1).min(prev[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row[j] = best;
        }
        before = std::mem::replace(&mut prev, row);
    }
    prev[b.len()]
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
    la.abs_diff(lb) <= allowed && edits(a, b) <= allowed
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
        assert!(is_slip("константин", "констонтен"));
        assert!(!is_slip("иван", "олег"));
    }
}
