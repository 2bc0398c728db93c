//! Phones in free text, and whose they are: «доп. тел. 8 916…», «тел. супруги +7…».

use crate::text;

/// Longest text read, in characters.
const MAX_TEXT: usize = 2_000;
/// Most numbers taken.
const MAX_NUMBERS: usize = 8;

/// A number in a text, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    pub number: String,
    /// Said to be a relative's or another person's.
    pub of_another: bool,
}

/// Beginnings of words for people who are not the client.
const OTHERS: &[&str] = &[
    "жен",
    "супруг",
    "муж",
    "сын",
    "доч",
    "мам",
    "мать",
    "матер",
    "отец",
    "отц",
    "пап",
    "брат",
    "сестр",
    "тёщ",
    "тещ",
    "свекр",
    "тест",
    "бабуш",
    "дед",
    "родств",
    "друг",
    "подруг",
    "сосед",
    "коллег",
    "водител",
    "секретар",
    "wife",
    "husband",
    "son",
    "daughter",
    "mother",
    "father",
    "brother",
    "sister",
    "friend",
];
/// Beginnings of words a number of few digits needs before it, to be a phone and not a price.
const PHONE: &[&str] = &[
    "тел",
    "звон",
    "моб",
    "сот",
    "номер",
    "доп",
    "whatsapp",
    "phone",
    "call",
    "mob",
];

/// Whether a text beside a number says it is somebody else's: `(жена)`.
pub fn is_of_another(beside: &str) -> bool {
    begins_with_one_of(beside, OTHERS)
}

fn begins_with_one_of(text: &str, beginnings: &[&str]) -> bool {
    let lower = text.to_lowercase();
    lower
        .split(|c: char| !c.is_alphabetic())
        .any(|word| beginnings.iter().any(|b| word.starts_with(b)))
}

/// The numbers of a text. Ten digits and more are a phone by themselves, six or seven only after a word that says so.
pub fn phones(raw: &str) -> Vec<Spoken> {
    let cleaned = text::clean(raw);
    let mut out = Vec::new();
    let (mut words, mut number) = (String::new(), String::new());
    // A sign that ends the last number.
    for c in cleaned.chars().take(MAX_TEXT).chain(['\n']) {
        let goes_on = c.is_ascii_digit() || !number.is_empty() && matches!(c, ' ' | '-' | '(' | ')' | '.');
        if goes_on || number.is_empty() && matches!(c, '+' | '(') {
            number.push(c);
            continue;
        }
        take(&mut out, &mut words, &mut number);
        words.push(c);
    }
    out
}

fn take(out: &mut Vec<Spoken>, words: &mut String, number: &mut String) {
    let said = std::mem::take(number);
    let count = text::digits(&said).len();
    let phone = match count {
        10..=12 => true,
        6 | 7 => begins_with_one_of(words, PHONE),
        _ => false,
    };
    if phone && out.len() < MAX_NUMBERS {
        out.push(Spoken {
            number: said.trim().to_owned(),
            of_another: is_of_another(words),
        });
    }
    if count > 0 {
        words.clear();
    } else {
        words.push_str(&said);
    }
}

#[cfg(test)]
mod tests {
    use super::phones;

    #[test]
    fn numbers_and_whose_they_are() {
        let read = |t: &str| -> Vec<(String, bool)> {
            phones(t).into_iter().map(|s| (s.number, s.of_another)).collect()
        };
        assert_eq!(
            read("тел. супруги +7 (937) 917-07-77"),
            [("+7 (937) 917-07-77".to_owned(), true)]
        );
        assert_eq!(read("звонить на 446-02-68"), [("446-02-68".to_owned(), false)]);
        assert_eq!(
            read("доп. тел. 89650625157, жене 89650625158")
                .iter()
                .map(|s| s.1)
                .collect::<Vec<_>>(),
            [false, true]
        );
        assert_eq!(read("скидка 5%, звонить после 18:00, цена 1250000"), []);
    }
}
