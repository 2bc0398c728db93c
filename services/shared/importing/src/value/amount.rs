//! Amounts of money in the writings of exports.

/// Currencies by the words they go by; the first letters decide.
const WORDS: [(&str, &str); 14] = [
    ("₽", "RUB"),
    ("руб", "RUB"),
    ("р", "RUB"),
    ("rub", "RUB"),
    ("rur", "RUB"),
    ("$", "USD"),
    ("usd", "USD"),
    ("€", "EUR"),
    ("eur", "EUR"),
    ("₸", "KZT"),
    ("kzt", "KZT"),
    ("тг", "KZT"),
    ("byn", "BYN"),
    ("br", "BYN"),
];

/// Minor units and the currency if it is said. `1 250 000,50 ₽`, `1,250,000.50`, `1250000`.
pub fn read(text: &str) -> Option<(i64, Option<&'static str>)> {
    let mut number = String::new();
    let mut word = String::new();
    for c in text.trim().chars().take(60) {
        match c {
            '0'..='9' => number.push(c),
            '.' | ',' if number.is_empty() || !word.is_empty() => {}
            '.' | ',' => number.push(c),
            '-' | '−' | '–' if number.is_empty() => number.push('-'),
            c if c.is_whitespace() || matches!(c, '\'' | '’' | '_') => {}
            c => word.extend(c.to_lowercase()),
        }
    }
    let currency = match word.as_str() {
        "" => None,
        word => Some(WORDS.iter().find(|(start, _)| word.starts_with(start))?.1),
    };
    Some((minor(&number)?, currency))
}

/// The code of a currency named by a code, a sign or a word.
pub fn currency(text: &str) -> Option<&'static str> {
    let word = text.trim().to_lowercase();
    let found = WORDS.iter().find(|(start, _)| word.starts_with(start));
    found.map(|(_, code)| *code)
}

fn minor(number: &str) -> Option<i64> {
    let (negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let number = number.trim_end_matches(['.', ',']);
    let last = number.rfind(['.', ',']);
    let (whole, fraction) = match last {
        None => (number, ""),
        Some(at) => {
            let (before, after) = (&number[..at], &number[at + 1..]);
            let sign = &number[at..=at];
            let grouped = after.len() == 3
                && before.split(['.', ',']).enumerate().all(|(at, group)| match at {
                    0 => (1..=3).contains(&group.len()),
                    _ => group.len() == 3,
                })
                && !before.contains(if sign == "." { ',' } else { '.' });
            if grouped { (number, "") } else { (before, after) }
        }
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    let cents: i64 = format!("{:0<3}", fraction.get(..fraction.len().min(3))?)
        .parse()
        .ok()?;
    let minor = digits.parse::<i64>().ok()?.checked_mul(100)? + (cents + 5) / 10;
    Some(if negative { -minor } else { minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_every_writing() {
        for text in [
            "1 250 000,50 ₽",
            "1,250,000.50",
            "1250000.5",
            "1.250.000,50 руб.",
            "1 250 000,5 р.",
        ] {
            assert_eq!(read(text).unwrap().0, 125_000_050, "{text}");
        }
        assert_eq!(read("1,250,000").unwrap().0, 125_000_000);
        assert_eq!(read("1.250").unwrap().0, 125_000);
        assert_eq!(read("1234.567").unwrap().0, 123_457);
        assert_eq!(read("-5000").unwrap().0, -500_000);
        assert_eq!(read("$ 100"), Some((10_000, Some("USD"))));
        for text in ["договорная", "", "12 попугаев", "99999999999999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
