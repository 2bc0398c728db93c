//! Every writing of a number is that number.

use edina_identity::Home;
use edina_identity::normalise::phone::{self, PhoneError, PhoneKind};

#[test]
fn any_writing_of_a_mobile_is_one_number() {
    let home = Home::default();
    for typed in [
        "8 (916) 123-45-67",
        "+79161234567",
        "79161234567",
        "9161234567",
        "8-916-123-45-67",
        "8\u{a0}916\u{a0}123\u{a0}45\u{a0}67",
        "+7 916 123‑45‑67",
        "8 916 123 45 67 доб. 12",
        "tel:+7-916-123-45-67",
        "+8 916 123 45 67",
        "+7 8 916 123-45-67",
        "8(916)1234567 (жена)",
        "моб. 8 916 1234567",
        "８９１６１２３４５６７",
        "00 7 916 123 45 67",
        "\u{200e}+7 (916) 123-45-67",
        "8 9I6 123-45-67",
        "8-9l6-123-45-67",
    ] {
        let parsed = phone::parse(typed, &home).unwrap_or_else(|e| panic!("{typed}: {e}"));
        assert_eq!(parsed.e164, "+79161234567", "{typed}");
        assert_eq!(parsed.kind_hint, PhoneKind::Mobile);
        assert_eq!(parsed.country.as_deref(), Some("RU"));
    }
}

#[test]
fn letters_typed_for_digits_are_digits_within_a_number() {
    for typed in [
        "8-916-2OO-11-30",
        "8 (916) 2ОО-11-30",
        "8 916 200-11-З0",
        "8-916-200-ll-30",
    ] {
        let all = phone::parse_all(typed, Home::default());
        let numbers: Vec<&str> = all.iter().map(|phone| phone.e164.as_str()).collect();
        assert_eq!(numbers, ["+79162001130"], "{typed}");
    }
    let two = phone::parse_all("89162001130 о 89162001131", Home::default());
    assert_eq!(two.len(), 2);
}

#[test]
fn cities_countries_extensions() {
    let home = Home {
        country: "RU".into(),
        area_code: Some("495".into()),
    };
    let e164 = |s: &str| phone::parse(s, &home).map(|p| p.e164);
    assert_eq!(e164("123-45-67").unwrap(), "+74951234567");
    assert_eq!(e164("(812) 123-45-67").unwrap(), "+78121234567");
    assert_eq!(e164("+44 20 8366 1177").unwrap(), "+442083661177");
    assert_eq!(e164("+44 (0)20 8366 1177").unwrap(), "+442083661177");
    assert_eq!(e164("8 10 375 29 123 45 67").unwrap(), "+375291234567");
    assert_eq!(e164("+375 29 123-45-67").unwrap(), "+375291234567");
    assert_eq!(
        phone::parse("+7 495 123-45-67, доб. 104", &home)
            .unwrap()
            .extension
            .as_deref(),
        Some("104")
    );
    assert_eq!(
        phone::parse("123-45-67", Home::default()),
        Err(PhoneError::NoAreaCode)
    );
    assert_eq!(phone::parse("нет", &home), Err(PhoneError::NoDigits));
    assert_eq!(phone::parse("  ", &home), Err(PhoneError::Empty));
    assert!(phone::parse("12", &home).is_err());
    assert_eq!(
        phone::parse("1234567890123456789012", &home),
        Err(PhoneError::TooLong)
    );
}

#[test]
fn several_in_one_field() {
    let all = |s: &str| {
        phone::parse_all(s, Home::default())
            .into_iter()
            .map(|p| p.e164)
            .collect::<Vec<_>>()
    };
    for typed in [
        "89161234567; 8-905-111-22-33",
        "89161234567 89051112233",
        "+7 916 123-45-67, +7 905 111-22-33 (муж)",
        "8 916 123 45 67 / 8 905 111 22 33",
        "+79161234567+79051112233",
        "89161234567 или 9051112233",
    ] {
        assert_eq!(all(typed), ["+79161234567", "+79051112233"], "{typed}");
    }
    assert_eq!(all("8 916 123-45-67, доб. 12").len(), 1);
    assert_eq!(all("нет"), Vec::<String>::new());
}

#[test]
fn shown_searched_and_refused() {
    assert_eq!(phone::format_display("+79161234567"), "+7 916 123-45-67");
    assert_eq!(phone::format_display("+442083661177"), "+44 20 8366 1177");
    assert!(phone::looks_like_phone("8 (916) 12"));
    assert!(!phone::looks_like_phone("А123ВС777"));
    for junk in ["+79999999999", "+71234567890", "+70000000000", "+79161111111"] {
        assert!(phone::is_junk(junk), "{junk}");
    }
    assert!(!phone::is_junk("+79161234567") && !phone::is_junk("+74951234567"));
}

#[test]
fn a_city_number_without_its_code() {
    let read = |typed: &str| {
        let input = edina_identity::RecordInput {
            phones: vec![typed.to_owned()],
            branch: Some("tver".to_owned()),
            ..Default::default()
        };
        edina_identity::normalise(&input, &Home::default())
    };
    assert_eq!(read("2-15-30").phone_tails, ["21530"]);
    assert_eq!(read("46-12-77 доб. 3, спросить Машу").phone_tails, ["461277"]);
    assert_eq!(phone::format_display("461277"), "46-12-77");
    assert_eq!(phone::format_display("21530"), "2-15-30");
    assert_eq!(phone::format_display("4326605"), "432-66-05");
    // Where the code is known it is a whole number; read anew it is the same, whatever is set then.
    let tver = Home {
        area_code: Some("4822".to_owned()),
        ..Home::default()
    };
    let input = edina_identity::RecordInput {
        phones: vec!["46-12-77".to_owned()],
        ..Default::default()
    };
    let first = edina_identity::normalise(&input, &tver);
    assert_eq!(first.phones[0].e164, "+74822461277");
    let again = edina_identity::normalise(&input, &first.read_at(&input));
    assert!(first == again);
    // Versions before did not say where they were read.
    let mut before = first.clone();
    (before.version, before.home) = (3, None);
    assert_eq!(before.read_at(&input).area_code.as_deref(), Some("4822"));
    // Nor did versions before 5 where only people of a company had such a number.
    let person = edina_identity::ContactInput {
        name: "Кравцов Игорь".to_owned(),
        phone: "46-12-77".to_owned(),
        ..Default::default()
    };
    let input = edina_identity::RecordInput {
        contacts: vec![person],
        ..Default::default()
    };
    let first = edina_identity::normalise(&input, &tver);
    assert_eq!(first.contacts[0].phones[0].e164, "+74822461277");
    assert!(edina_identity::normalise(&input, &first.read_at(&input)) == first);
    let mut before = first.clone();
    (before.version, before.home) = (4, None);
    assert_eq!(before.read_at(&input).area_code.as_deref(), Some("4822"));
    // A whole number needs no home, and keeps none.
    let whole = edina_identity::RecordInput {
        phones: vec!["8 916 123-45-67".to_owned()],
        ..Default::default()
    };
    assert_eq!(edina_identity::normalise(&whole, &tver).home, None);
}

#[test]
fn city_numbers_meet_within_a_town() {
    use edina_identity::engine::{Profile, keys::keys};
    let profile = |phone: &str, branch: &str| {
        let input = edina_identity::RecordInput {
            phones: vec![phone.to_owned()],
            branch: Some(branch.to_owned()),
            ..Default::default()
        };
        Profile::of(&edina_identity::normalise(&input, &Home::default()))
    };
    let share = |a: &Profile, b: &Profile| keys(a).iter().any(|key| keys(b).contains(key));
    let short = profile("46-12-77", "tver");
    assert!(share(&short, &profile("461277", "tver")));
    assert!(share(&short, &profile("8 (4822) 46-12-77", "tver")));
    assert!(!share(&short, &profile("46-12-77", "orel")));
}

#[test]
fn a_long_comment_is_read_to_its_end() {
    let input = edina_identity::RecordInput {
        comment: Some(format!(
            "{}; доп. тел. 8 916 123-45-67",
            "просил перезвонить ".repeat(80)
        )),
        ..Default::default()
    };
    let n = edina_identity::normalise(&input, &Home::default());
    assert_eq!(n.phones[0].e164, "+79161234567");
}

#[test]
fn numbers_of_other_things_in_a_comment_join_nobody() {
    let read = |comment: &str| {
        let input = edina_identity::RecordInput {
            comment: Some(comment.to_owned()),
            ..Default::default()
        };
        edina_identity::normalise(&input, &Home::default())
    };
    for other in [
        "ИНН 7707083893",
        "договор 4512345678",
        "заказ-наряд 8123456789",
        "паспорт 4509 123456",
        "к оплате 9161234567 руб",
    ] {
        let n = read(other);
        assert!(
            n.phones.is_empty() && n.phone_tails.is_empty() && n.relative_phones.is_empty(),
            "{other}"
        );
    }
    let n = read("договор 4512345678, звонить 8 916 123-45-67, менеджер 8 905 111-22-33");
    assert_eq!(
        n.phones.iter().map(|p| p.e164.as_str()).collect::<Vec<_>>(),
        ["+79161234567"]
    );
    assert_eq!(n.relative_phones, ["+79051112233"]);
}
