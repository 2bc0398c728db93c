//! Nothing panics whatever is typed, and a canonical value is its own canonical value.

use edina_identity::Home;
use edina_identity::normalise::{
    address, birth_date, comment, company, email, name, phone, plate, tax_id, vin,
};
use edina_identity::text;
use proptest::prelude::*;

/// Arbitrary text, and text made of the characters that matter here.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\PC\\x00\\n]{0,40}",
        "[0-9+() .,;/доб#x\u{a0}-]{0,40}",
        "[А-Яа-яёЁA-Za-z .'()-]{0,40}",
        "[АВЕКМНОРСТУХABEKMHOPCTYX0-9 ]{0,20}",
        "[a-zA-Zа-я0-9.+@,<> -]{0,40}",
        "((д|кв|корп|к|мкр|лит|ул|лет|мая|-я|ИНН|тел|№)?[ .,/-]?[0-9]{0,11}[ -]?(А|к|я|й|летия)?[ ,]){0,6}",
        "(О\\.О\\.О\\.|ИП|глава|КФХ|К\\(Ф\\)Х|Ltd|Ким|АО|[А-Яа-я]{0,5})([ .«][А-Яа-яA-Za-z]{0,6}){0,4}",
        "[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}",
    ]
}

proptest! {
    #[test]
    fn nothing_panics(raw in typed()) {
        let home = Home { country: "RU".into(), area_code: Some("495".into()) };
        let _ = phone::parse(&raw, &home);
        let _ = phone::parse(&raw, Home { country: "US".into(), area_code: None });
        let _ = phone::parse(&raw, Home { country: raw.clone(), area_code: Some(raw.clone()) });
        let _ = (phone::format_display(&raw), phone::is_junk(&raw), phone::looks_like_phone(&raw));
        let _ = (address::parse(&raw), birth_date::parse(&raw), company::parse(&raw), company::looks_like_company(&raw));
        let _ = (address::town(&raw), comment::phones(&raw));
        let _ = (tax_id::inn(&raw), tax_id::kpp(&raw), tax_id::ogrn(&raw));
        let _ = name::match_form(&name::from_parts(&raw, &raw, ""));
        let _ = (text::script::other_layout(&raw), text::script::to_latin(&raw), text::distance::edits(&raw, "иванов"));
    }

    #[test]
    fn canonical_values_are_fixed_points(raw in typed()) {
        let home = Home::default();
        if let Ok(p) = phone::parse(&raw, &home) {
            prop_assert_eq!(&phone::parse(&p.e164, &home).map(|q| q.e164), &Ok(p.e164.clone()));
            prop_assert_eq!(phone::parse(&phone::format_display(&p.e164), &home).map(|q| q.e164), Ok(p.e164));
        }
        if let Ok(e) = email::normalise(&raw) {
            prop_assert_eq!(email::normalise(&e.address), Ok(e));
        }
        if let Ok(v) = vin::normalise(&raw) {
            prop_assert_eq!(vin::normalise(&v.value).map(|w| w.value), Ok(v.value));
        }
        if let Ok(p) = plate::normalise(&raw) {
            prop_assert_eq!(&plate::normalise(&p.value).map(|q| q.value), &Ok(p.value.clone()));
            prop_assert_eq!(plate::normalise(&p.display).map(|q| q.value), Ok(p.value));
        }
        if let Ok(i) = tax_id::inn(&raw) {
            prop_assert_eq!(tax_id::inn(&i.value), Ok(i));
        }
        if let Ok(b) = birth_date::parse(&raw) {
            prop_assert_eq!(birth_date::parse(&b.date.to_string()), Ok(b));
        }
        let cleaned = text::clean(&raw);
        prop_assert_eq!(text::clean(&cleaned), cleaned);
    }

    #[test]
    fn any_layout_of_a_mobile_is_equal(
        n in 9_000_000_000u64..=9_999_999_999,
        prefix in prop::sample::select(vec!["8", "7", "+7", "", "8 ", "+7 ", "8-", "+7\u{a0}"]),
        layout in 0usize..5,
        ext in prop::sample::select(vec!["", " доб. 12", ", доб 12", " ext.12", " #12"]),
    ) {
        let d = n.to_string();
        let (a, b, c, e) = (&d[..3], &d[3..6], &d[6..8], &d[8..]);
        let body = match layout {
            0 => d.clone(),
            1 => format!("({a}) {b}-{c}-{e}"),
            2 => format!("{a}\u{a0}{b}\u{a0}{c}\u{a0}{e}"),
            3 => format!("{a}-{b}-{c}{e}"),
            _ => format!("{a} {b}‑{c}–{e}"),
        };
        let typed = format!("{prefix}{body}{ext}");
        prop_assert_eq!(phone::parse(&typed, Home::default()).map(|p| p.e164), Ok(format!("+7{d}")));
    }

    #[test]
    fn plates_and_vins_in_look_alike_letters(seed in prop::collection::vec(any::<bool>(), 17)) {
        let swap = |s: &str| s.chars().zip(&seed).map(|(c, cyrillic)| {
            let look = text::script::latin_to_cyrillic_look(c).filter(|_| *cyrillic);
            look.unwrap_or(c)
        }).collect::<String>();
        prop_assert_eq!(plate::normalise(&swap("A123BC777")).map(|p| p.value), Ok("A123BC777".to_owned()));
        prop_assert_eq!(vin::normalise(&swap("XTA21099043576812")).map(|v| v.value), Ok("XTA21099043576812".to_owned()));
    }
}

#[test]
fn what_is_left_of_a_number_is_a_number_or_refused() {
    // A trunk prefix after the country code goes; here so little is left that it cannot be read again.
    for raw in ["+7 84738 67", "+78473867", "+7 8 47 38 67"] {
        if let Ok(read) = phone::parse(raw, Home::default()) {
            assert_eq!(
                phone::parse(&read.e164, Home::default()).map(|again| again.e164),
                Ok(read.e164)
            );
        }
    }
}

#[test]
fn huge_fields_are_bounded() {
    let huge = "Иванов 8916 ".repeat(100_000);
    assert!(name::parse(&huge).display().len() < 4_000);
    assert!(phone::parse_all(&huge, Home::default()).len() <= 8);
    assert!(
        email::normalise(&huge).is_err()
            && vin::normalise(&huge).is_err()
            && plate::normalise(&huge).is_err()
    );
    assert!(company::parse(&huge).is_some_and(|c| c.display.chars().count() <= text::MAX_FIELD_CHARS));
}
