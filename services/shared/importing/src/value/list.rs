//! Several values in one cell.

/// Cuts a cell into its values.
pub type Cut = fn(&str) -> Vec<String>;

/// Phones of a cell. Cut only where both sides are numbers of their own; extensions stay with theirs.
pub fn phones(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for piece in text.split([';', '\n', '|', ',']) {
        let digits = piece.bytes().filter(u8::is_ascii_digit).count();
        match out.last_mut() {
            _ if piece.trim().is_empty() => {}
            // `…, доб. 12`
            Some(last) if digits < 6 => {
                last.push(',');
                last.push_str(piece);
            }
            _ => out.push(piece.trim().to_owned()),
        }
    }
    distinct(out)
}

/// E-mails of a cell.
pub fn emails(text: &str) -> Vec<String> {
    let lines = text
        .split('\n')
        .flat_map(edina_identity::normalise::email::pieces);
    distinct(lines.collect())
}

/// Values of a cell, cut at semicolons and lines.
pub fn plain(text: &str) -> Vec<String> {
    let pieces = text.split([';', '\n']).map(|piece| piece.trim().to_owned());
    pieces.filter(|piece| !piece.is_empty()).collect()
}

/// As [`plain`], cut also at signs that a single value may hold, where every piece is a value of its own: `VIN, VIN`.
pub fn signs(text: &str, cuts: &[char], is_value: fn(&str) -> bool) -> Vec<String> {
    let pieces = plain(text).into_iter();
    pieces
        .flat_map(|piece| {
            let smaller: Vec<&str> = piece
                .split(cuts)
                .map(str::trim)
                .filter(|small| !small.is_empty())
                .collect();
            if smaller.len() > 1 && smaller.iter().all(|small| is_value(small)) {
                smaller.into_iter().map(str::to_owned).collect()
            } else {
                vec![piece]
            }
        })
        .collect()
}

fn distinct(values: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in values {
        if !value.is_empty() && !out.contains(&value) {
            out.push(value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_numbers_and_an_extension() {
        assert_eq!(phones("8 843 555-01-02, 8 903 555 01 03").len(), 2);
        assert_eq!(phones("8 843 555-01-02, доб. 12"), ["8 843 555-01-02, доб. 12"]);
        assert_eq!(emails("a@example.com, b@example.com").len(), 2);
        assert_eq!(emails("ivan ivanov@example.com"), ["ivan ivanov@example.com"]);
    }

    #[test]
    fn signs_are_cut_where_each_piece_is_one() {
        let cut = |text| signs(text, &[',', ' '], |piece| piece.len() == 3);
        assert_eq!(cut("abc, def ghi; jkl"), ["abc", "def", "ghi", "jkl"]);
        assert_eq!(cut("abc de"), ["abc de"]);
        assert_eq!(cut(" ; "), Vec::<String>::new());
    }
}
