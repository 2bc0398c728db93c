//! Several values in one field, with what people write beside them.

use edina_identity::normalise::{email, phone};
use edina_identity::{Home, RecordInput, normalise};
use proptest::prelude::*;

/// What stands beside a number and is no part of one.
const BESIDE: [&str; 10] = [
    "",
    " (жена)",
    ", спросить Машу",
    " моб.",
    ", после 18:00",
    " звонить до 20-00",
    " кв. 5",
    " Маша, 2 этаж",
    " рабочий",
    ", с 9 до 18",
];
const EXTENSIONS: [&str; 7] = [
    " доб. 12",
    ", доб 12",
    " (доб.12)",
    " вн. 12",
    " ext 12",
    " #12",
    ";ext=12",
];
const BETWEEN: [&str; 7] = ["; ", ", ", " / ", "\n; ", " | ", " или ", ", тел. "];

fn mobile() -> impl Strategy<Value = (String, String)> {
    (9_010_000_000_u64..9_990_000_000, 0_usize..4).prop_map(|(n, layout)| {
        let d = n.to_string();
        let (a, b, c, e) = (&d[..3], &d[3..6], &d[6..8], &d[8..]);
        let typed = match layout {
            0 => format!("8 {a} {b}-{c}-{e}"),
            1 => format!("+7({a}){b}{c}{e}"),
            2 => format!("8{d}"),
            _ => format!("+7 {a} {b} {c} {e}"),
        };
        (typed, format!("+7{d}"))
    })
}

proptest! {
    #[test]
    fn every_number_is_found_and_nothing_else(
        numbers in prop::collection::vec((mobile(), prop::sample::select(BESIDE.to_vec()), any::<Option<prop::sample::Index>>()), 1..4),
        between in prop::sample::select(BETWEEN.to_vec()),
    ) {
        let mut typed = String::new();
        let mut meant: Vec<(String, Option<String>)> = Vec::new();
        for ((number, e164), beside, extension) in &numbers {
            if !typed.is_empty() {
                typed.push_str(between);
            }
            typed.push_str(number);
            if let Some(at) = extension {
                let one: &&str = at.get(&EXTENSIONS);
                typed.push_str(one);
            }
            typed.push_str(beside);
            if !meant.iter().any(|(known, _)| known == e164) {
                meant.push((e164.clone(), extension.map(|_| "12".to_owned())));
            }
        }
        let read: Vec<_> = phone::parse_all(&typed, Home::default())
            .into_iter()
            .map(|phone| (phone.e164, phone.extension))
            .collect();
        prop_assert_eq!(read, meant, "{}", typed);
    }

    #[test]
    fn every_address_is_found_and_nothing_else(
        names in prop::collection::vec("[a-z][a-z0-9]{2,8}", 1..4),
        between in prop::sample::select(vec![", ", "; ", " ", " / ", ",", ";", "|"]),
        writing in 0_usize..4,
    ) {
        let one = |name: &String| match writing {
            0 => format!("{name}@firma.ru"),
            1 => format!("Иван <{name}@firma.ru>"),
            2 => format!("mailto:{name}@firma.ru"),
            _ => format!("{name}@firma,ru"),
        };
        let typed: Vec<String> = names.iter().map(one).collect();
        let typed = typed.join(between);
        let read: Vec<String> = email::pieces(&typed)
            .iter()
            .filter_map(|piece| email::normalise(piece).ok())
            .map(|email| email.address)
            .collect();
        let meant: Vec<String> = names.iter().map(|name| format!("{name}@firma.ru")).collect();
        prop_assert_eq!(read, meant, "{}", typed);
    }

    #[test]
    fn pieces_are_bounded_and_keep_one(raw in "[a-zа-я0-9@.,;/ <>+()-]{0,80}") {
        prop_assert!(email::pieces(&raw).len() <= 8);
        if let Ok(one) = email::normalise(&raw) {
            let first = email::pieces(&raw).into_iter().next().and_then(|piece| email::normalise(&piece).ok());
            prop_assert_eq!(first, Some(one));
        }
    }
}

#[test]
fn a_record_has_both_addresses_of_one_field() {
    let input = RecordInput {
        emails: vec!["anna@mail.ru, a.k@firma.ru (рабочая)".to_owned()],
        phones: vec!["8 916 123-45-67 доб. 12, спросить Машу".to_owned()],
        ..RecordInput::default()
    };
    let read = normalise(&input, &Home::default());
    let addresses: Vec<&str> = read.emails.iter().map(|email| email.address.as_str()).collect();
    assert_eq!(addresses, ["anna@mail.ru", "a.k@firma.ru"]);
    assert_eq!(read.phones.len(), 1);
    assert_eq!(
        (read.phones[0].e164.as_str(), read.phones[0].extension.as_deref()),
        ("+79161234567", Some("12"))
    );
    assert!(read.warnings.is_empty());
}
