//! What is read out of a record: it survives storage, and says what could not be read.

use edina_identity::{CompanyInput, Home, Normalised, RecordInput, VehicleInput, match_keys, normalise};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn pick(values: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    of(prop_oneof![4 => select(values).prop_map(str::to_owned), 1 => any::<String>()])
}

prop_compose! {
    fn record()(
        full_name in pick(&["Иванов Иван Петрович", "Иванова Мария", "Саша", "Петров А.", "Ivanov Ivan", "ИП Иванов И.П.", "Иваноф Иван"]),
        birth_date in pick(&["05.03.1981", "1981-03-06", "01.01.1900", "17.09.1990"]),
        gender in pick(&["м", "ж"]),
        phone in pick(&["89165554567", "+7 916 555-45-68", "555-45-67", "84955554567; 89165554567"]),
        email in pick(&["ivan@gmail.com", "i.van@gmail.com", "info@firma.ru"]),
        address in pick(&["ул. Полевая, д. 44, кв. 2", "Москва, Полевая 44-2", "Полевая 44"]),
        name in pick(&["ООО Ромашка", "Ромашка Плюс", "ИП Петров"]),
        inn in pick(&["7707083893", "7707083894", "500100732259"]),
        vin in pick(&["WP0ZZZ99ZTS392124", "392124", "WP0ZZZ99ZTS392125"]),
        plate in pick(&["А123ВС777", "A123BC"]),
    ) -> RecordInput {
        RecordInput {
            full_name, birth_date, gender, address,
            phones: phone.into_iter().collect(),
            emails: email.into_iter().collect(),
            company: Some(CompanyInput { name, inn, ..CompanyInput::default() }),
            vehicles: vec![VehicleInput { vin, plate, ..VehicleInput::default() }],
            ..RecordInput::default()
        }
    }
}

proptest! {
    #[test]
    fn the_comparable_form_survives_storage(a in record()) {
        let n = normalise(&a, &Home::default());
        let json = serde_json::to_string(&n).unwrap();
        let back: Normalised = serde_json::from_str(&json).unwrap();
        prop_assert!(back == n);
        prop_assert_eq!(match_keys(&back), match_keys(&n));
    }
}

#[test]
fn warnings_name_field_and_reason_without_the_value() {
    let input = RecordInput {
        phones: vec!["нет телефона".into(), "243-45-67".into()],
        emails: vec!["secret-at-mail".into()],
        birth_date: Some("31.02.1980".into()),
        vehicles: vec![VehicleInput {
            vin: Some("WPOZZZ99ZTS392124".into()),
            plate: Some("???".into()),
            ..VehicleInput::default()
        }],
        ..RecordInput::default()
    };
    let n = normalise(&input, &Home::default());
    let codes: Vec<&str> = n.warnings.iter().map(|w| w.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "phone_unreadable",
            "phone_no_area_code",
            "email_unreadable",
            "birth_date_unreadable",
            "vin_repaired"
        ]
    );
    assert!(
        n.warnings
            .iter()
            .all(|w| !w.message.is_empty() && !w.message_ru.is_empty() && !w.message.contains("secret"))
    );
    assert!(
        !format!("{n:?}{input:?}").contains("secret"),
        "personal data is not printed"
    );
}
