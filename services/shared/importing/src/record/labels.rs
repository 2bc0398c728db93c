//! What the header of a column calls the phones or e-mails in it: mobile, work, home.

use std::collections::HashMap;

use super::Said;
use crate::{
    field::Field,
    value::list::{self, Cut},
};

/// Beginnings of words by label. A telephone that is both is `work`: `Рабочий мобильный`.
const WORDS: [(&str, &[&str]); 3] = [
    ("work", &["рабоч", "служеб", "офис", "work", "office", "business"]),
    ("mobile", &["моб", "сотов", "mobile", "cell"]),
    ("home", &["домаш", "личн", "частн", "home", "personal", "private"]),
];

/// Labels of a row's phones and e-mails, by the values as they stand in the record.
pub(super) fn read(said: &Said<'_>) -> HashMap<String, String> {
    let mut labels = HashMap::new();
    let fields: [(Field, Cut); 2] = [(Field::Phone, list::phones), (Field::Email, list::emails)];
    for (field, cut) in fields {
        for (at, text) in said.all(field) {
            let Some(label) = said.mapping.columns.get(at).and_then(|column| of(&column.column)) else {
                continue;
            };
            for value in cut(text) {
                labels.entry(value).or_insert_with(|| label.to_owned());
            }
        }
    }
    labels
}

fn of(header: &str) -> Option<&'static str> {
    let lower = header.to_lowercase();
    let begins = |beginning: &&str| {
        let mut words = lower.split(|c: char| !c.is_alphanumeric());
        words.any(|word| word.starts_with(*beginning))
    };
    let found = WORDS.iter().find(|(_, words)| words.iter().any(&begins));
    found.map(|(label, _)| *label)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn headers_call_numbers() {
        for (header, label) in [
            ("Рабочий телефон", Some("work")),
            ("Рабочий мобильный", Some("work")),
            ("PHONE_MOBILE", Some("mobile")),
            ("Моб. тел.", Some("mobile")),
            ("TEL.home", Some("home")),
            ("Личный email", Some("home")),
            ("Телефон", None),
            ("Другой телефон", None),
        ] {
            assert_eq!(of(header), label, "{header}");
        }
    }
}
