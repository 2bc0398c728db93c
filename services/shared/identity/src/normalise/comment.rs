//! Phones in free text, and whose they are: «доп. тел. 8 916…», «тел. супруги +7…».

mod shape;
mod words;

use crate::text;
use shape::Shape;
use words::Named;
pub use words::is_of_another;

/// Longest text read, in characters.
const MAX_TEXT: usize = 2_000;
/// Most numbers taken.
const MAX_NUMBERS: usize = 8;
/// Most parts a phone is written in.
const MAX_PARTS: usize = 6;

/// A number in a text, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    pub number: String,
    /// Said to be a relative's or another person's.
    pub of_another: bool,
}

/// Digits of a text, with the words before them.
#[derive(Debug, Default)]
struct Run {
    before: String,
    number: String,
}

/// The phones of a text. A contract, a tax number or a sum has as many digits as a phone, and would make strangers one
/// client: so only what is written as a phone or called one is taken; six or seven digits only where a word says so.
pub fn phones(raw: &str) -> Vec<Spoken> {
    let (runs, tail) = runs(&text::clean_to(raw, MAX_TEXT));
    let mut out = Vec::new();
    let mut after_phone = false;
    for (i, run) in runs.iter().enumerate() {
        let after = runs.get(i + 1).map_or(tail.as_str(), |next| &next.before);
        // `8 916… (жена), 8 905…`: what stands in brackets is said of the number before.
        let before = match i {
            0 => run.before.as_str(),
            _ => run.before.trim_start_matches(in_brackets(&run.before)),
        };
        let found = in_run(run, before, after, after_phone);
        after_phone = !found.is_empty();
        let of_another = is_of_another(before) || is_of_another(in_brackets(after));
        out.extend(found.into_iter().map(|number| Spoken { number, of_another }));
    }
    out.truncate(MAX_NUMBERS);
    out
}

/// Every row of digits with what parts them, and the words after the last one.
fn runs(cleaned: &str) -> (Vec<Run>, String) {
    let mut out: Vec<Run> = Vec::new();
    let mut run = Run::default();
    // A sign that ends the last number.
    for c in cleaned.chars().chain(['\n']) {
        let within = !run.number.is_empty() && matches!(c, ' ' | '-' | '(' | ')' | '.');
        if c.is_ascii_digit() || within {
            run.number.push(c);
            continue;
        }
        end(&mut out, &mut run);
        if matches!(c, '+' | '(') {
            run.number.push(c);
        } else {
            run.before.push(c);
        }
    }
    (out, run.before)
}

/// Ends a number at its last digit; the signs behind belong to the words after it.
fn end(out: &mut Vec<Run>, run: &mut Run) {
    let until = run
        .number
        .rfind(|c: char| c.is_ascii_digit())
        .map_or(0, |at| at + 1);
    let rest = run.number.split_off(until);
    if until > 0 {
        out.push(std::mem::take(run));
    }
    run.before.push_str(&rest);
}

/// `(жена)` at the beginning of a text.
fn in_brackets(text: &str) -> &str {
    let from = text.len() - text.trim_start().len();
    let closed = text
        .get(from..)
        .filter(|t| t.starts_with('('))
        .and_then(|t| t.find(')'));
    closed.and_then(|at| text.get(..=from + at)).unwrap_or_default()
}

fn in_run(run: &Run, before: &str, after: &str, after_phone: bool) -> Vec<String> {
    let named = words::named(before);
    let count = text::digits(&run.number).len();
    let glued = run.number.starts_with(|c: char| c.is_ascii_digit()) && words::is_glued(before, after_phone);
    if glued || after.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Vec::new();
    }
    if named == Named::Phone && matches!(count, 6 | 7 | 10..=12) {
        return vec![run.number.clone()];
    }
    // Blanks part numbers as well as the digits of one: `12.03.2020 8 916 123-45-67`.
    let parts: Vec<&str> = run.number.split(' ').filter(|part| !part.is_empty()).collect();
    let mut out = Vec::new();
    let mut from = 0;
    while from < parts.len() {
        let found = (1..=MAX_PARTS).rev().find_map(|many| {
            let number = parts.get(from..from + many)?.join(" ");
            let shape = shape::of(&number);
            let last = from + many == parts.len();
            let sure = shape == Shape::Parted || from == 0 && named == Named::Phone;
            let orderly = from == 0 || shape::is_orderly(&number);
            let other = from == 0 && named == Named::Thing || last && words::is_amount(after);
            (shape != Shape::Digits && orderly && (sure || !other)).then_some((many, number))
        });
        from += match found {
            Some((many, number)) => {
                out.push(number);
                many
            }
            None => 1,
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::phones;

    fn numbers(text: &str) -> Vec<String> {
        phones(text).into_iter().map(|s| s.number).collect()
    }

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
        let whose = |t: &str| phones(t).iter().map(|s| s.of_another).collect::<Vec<_>>();
        assert_eq!(whose("доп. тел. 89650625157, жене 89650625158"), [false, true]);
        assert_eq!(whose("89650625157 (жена), 89650625158"), [true, false]);
        assert_eq!(read("скидка 5%, звонить после 18:00, цена 1250000"), []);
        for another in [
            "менеджер Ольга",
            "гл. бухгалтер",
            "бух.",
            "хозяин авто",
            "хозяйка",
            "владелец",
            "водитель",
            "секретарь",
            "директор:",
            "механик",
            "представитель",
            "доверенное лицо",
            "тесть",
            "друг",
        ] {
            assert_eq!(whose(&format!("{another} 8 916 123-45-67")), [true], "{another}");
        }
        for own in ["другой номер", "тест-драйв", "менеджеру: позвонить клиенту"]
        {
            assert_eq!(whose(&format!("{own} 8 916 123-45-67")), [false], "{own}");
        }
    }

    #[test]
    fn numbers_of_other_things_are_no_phones() {
        for typed in [
            "ИНН 7707083893",
            "инн: 500100732259, кпп 770701001",
            "договор 4512345678",
            "Договор № 9123456789 от 12.03.2020",
            "заказ-наряд 8123456789",
            "з/н 9123456789",
            "ЗН-9123456789",
            "номер заказа 9161234567",
            "паспорт 4509 123456",
            "паспорт 9209 123456 выдан 12.03.2010",
            "СНИЛС 912-345-678 90",
            "счёт 40702 810 9 1612 34567 89",
            "VIN XTA21099043576812",
            "WP0ZZZ99161234567",
            "550e8400-e29b-41d4-a716-446655440000 и 79161234-567a-4b1c-8d2e-9f3a4b5c6d7e",
            "сумма 9161234567",
            "9161234567 руб.",
            "№ 9161234567",
            "накл. 77/89161234567",
            "полис ОСАГО 9161234567",
            "доп. работы 1250000",
            "4512345678",
            "84012345678901",
            "81991234567",
        ] {
            assert_eq!(numbers(typed), [""; 0], "{typed}");
        }
    }

    #[test]
    fn what_is_written_as_a_phone_is_one() {
        for (typed, expected) in [
            ("89161234567", &["89161234567"][..]),
            ("Иван 9161234567 муж", &["9161234567"]),
            ("договор 12, 84951234567 Иван", &["84951234567"]),
            ("(495) 123-45-67", &["(495) 123-45-67"]),
            ("8202 55-44-33", &["8202 55-44-33"]),
            ("договор, клиент 8 (916) 123-45-67", &["8 (916) 123-45-67"]),
            ("звонить после обеда на 446-02-68", &["446-02-68"]),
            ("т.89161234567", &["89161234567"]),
            ("тел. 4512345678", &["4512345678"]),
            ("тел. № 9161234567", &["9161234567"]),
            ("ватсап 375291234567", &["375291234567"]),
            ("перезвонить 446-02-68", &["446-02-68"]),
            ("тел89161234567", &["89161234567"]),
            ("договор от 12.03.2020 8 916 123 45 67", &["8 916 123 45 67"]),
            ("89161234567 89051112233", &["89161234567", "89051112233"]),
            ("+79161234567+375291234567", &["+79161234567", "+375291234567"]),
            ("Иван+7 916 123 45 67 12:00", &["+7 916 123 45 67"]),
            ("+375 29 123 45 67", &["+375 29 123 45 67"]),
            ("89161234567/89051112233", &["89161234567", "89051112233"]),
            ("счёт оплачен, 89161234567", &["89161234567"]),
        ] {
            assert_eq!(numbers(typed), expected, "{typed}");
        }
    }
}
