//! How far apart two spellings are.

/// Longest word compared, in characters; anything longer counts by its beginning.
const MAX: usize = 64;

/// Edit distance with neighbouring letters swapped counted once (optimal string alignment). Symmetric.
pub fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(MAX).collect();
    let b: Vec<char> = b.chars().take(MAX).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut prev: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i);
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (prev[j] + 1).min(row[j - 1] + 1).min(prev[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut prev, row);
    }
    prev[b.len()]
}

/// Whether two words are one word with a slip of the finger: one edit from four letters on, two from eight.
pub fn is_slip(a: &str, b: &str) -> bool {
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
        assert!(is_slip("константин", "констонтен"));
        assert!(!is_slip("иван", "олег"));
    }
}
