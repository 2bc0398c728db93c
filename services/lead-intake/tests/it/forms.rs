//! Web forms as sites send them.

use chrono_tz::Europe::Moscow;
use lead_intake::channel::RejectionCode;
use lead_intake::channel::form::{self, Form, FormLimits};
use lead_intake::lead::{ConsentPurpose, ContactChannel, Lead, Topic};
use proptest::prelude::*;

fn read(body: &[u8], kind: Option<&str>) -> Lead {
    match form::read(body, kind, Moscow, &FormLimits::default()) {
        Ok(Form::Lead(lead)) => *lead,
        other => panic!("{other:?}"),
    }
}

const URLENCODED: Option<&str> = Some("application/x-www-form-urlencoded");
const JSON: Option<&str> = Some("application/json; charset=utf-8");

#[test]
fn site_builder_form() {
    let lead = read(
        "Name=Ольга+Серова&Phone=%2B7+(926)+000-11-22&Email=&Комментарий=Перезвоните%0Aвечером&tranid=77:12&formid=form9\
         &formname=Обратный+звонок&utm_source=yandex&Согласие+на+рекламу=yes&Любимый+цвет=синий"
            .as_bytes(),
        URLENCODED,
    );
    assert_eq!(lead.contact.name.display(), "Ольга Серова");
    assert_eq!(lead.contact.phones[0].number, "+7 (926) 000-11-22");
    assert_eq!(lead.comments, ["Перезвоните\nвечером"]);
    assert_eq!(lead.topic, Topic::Callback);
    assert_eq!(lead.source_ids[0].value, "77:12");
    assert_eq!(lead.marketing["utm_source"], "yandex");
    assert_eq!(lead.extra["Любимый цвет"], "синий");
    assert!(lead.consents[0].given && lead.consents[0].purpose == ConsentPurpose::Advertising);
}

#[test]
fn percent_encoded_windows_1251() {
    let (name, ..) = encoding_rs::WINDOWS_1251.encode("Ольга Серова");
    let name: String = name.iter().map(|byte| format!("%{byte:02X}")).collect();
    let lead = read(format!("name={name}&phone=89260001122").as_bytes(), URLENCODED);
    assert_eq!(lead.contact.name.display(), "Ольга Серова");
}

#[test]
fn nested_json_with_lists_and_a_trade_in() {
    let lead = read(
        r#"{"contact": {"first_name": "Anna", "last_name": "Smith", "phones": ["+1 519 555 0117"], "email": "anna@example.com"},
            "topic": "buy", "car": {"make": "Lada", "model": "Vesta", "year": 2024}, "trade_in": {"make": "Kia", "model": "Rio"},
            "fields": [{"name": "Салон", "value": "Тверь"}], "agree": true, "newsletter": false, "lead_id": 9007199254740993}"#
            .as_bytes(),
        JSON,
    );
    assert_eq!(lead.contact.name.display(), "Smith Anna");
    assert!(lead.contact.phones.len() == 1 && lead.contact.emails.len() == 1);
    assert_eq!(
        (lead.wanted[0].model.as_deref(), lead.wanted[0].year),
        (Some("Vesta"), Some(2024))
    );
    assert_eq!(lead.offered[0].display(), "Kia Rio");
    assert_eq!(lead.branch_hint.as_deref(), Some("Тверь"));
    assert_eq!(lead.source_ids[0].value, "9007199254740993");
    assert!(
        lead.consents
            .iter()
            .any(|consent| consent.given && consent.purpose == ConsentPurpose::Processing)
    );
    assert!(
        lead.consents
            .iter()
            .any(|consent| !consent.given && consent.purpose == ConsentPurpose::Advertising)
    );
}

#[test]
fn fields_typed_into_the_wrong_box_and_messengers() {
    let lead = read(
        "phone=anna@example.com&telegram=@anna&whatsapp=on".as_bytes(),
        None,
    );
    assert_eq!(lead.contact.emails, ["anna@example.com"]);
    assert_eq!(lead.contact.handles.len(), 1);
    assert_eq!(lead.contact.preferred_channel, Some(ContactChannel::Messenger));
}

#[test]
fn refusals_name_the_field() {
    let refused =
        |body: &str, kind| form::read(body.as_bytes(), kind, Moscow, &FormLimits::default()).unwrap_err();
    let nothing = refused("name=Анна", URLENCODED);
    assert_eq!(nothing.code, RejectionCode::NoContact);
    assert!(nothing.message_ru.contains("phone (телефон)") && nothing.message_en.contains("email"));
    let bad = refused("Ваш телефон=нет", URLENCODED);
    assert_eq!(
        (bad.code, bad.field.as_deref()),
        (RejectionCode::InvalidField, Some("Ваш телефон"))
    );
    let broken = refused("{\n\"phone\": oops}", JSON);
    assert_eq!(
        (broken.code, broken.position.unwrap().line),
        (RejectionCode::Malformed, 2)
    );
    assert_eq!(refused("", JSON).code, RejectionCode::Empty);
    assert_eq!(
        refused("x", Some("image/png")).code,
        RejectionCode::UnsupportedMediaType
    );
    assert_eq!(
        refused(&"a=1&".repeat(300), URLENCODED).code,
        RejectionCode::TooMany
    );
    assert_eq!(
        refused(&"a".repeat(300_000), URLENCODED).code,
        RejectionCode::TooLarge
    );
}

#[test]
fn ping_is_no_lead() {
    assert!(matches!(
        form::read(b"test=test", URLENCODED, Moscow, &FormLimits::default()),
        Ok(Form::Ping)
    ));
}

#[test]
fn collected_site_builder_form_is_read() {
    let Some(folder) = crate::adf_samples::samples() else {
        return;
    };
    let body = std::fs::read(folder.join("webhooks/tilda_lead.form")).expect("the sample can be read");
    let lead = read(&body, URLENCODED);
    assert_eq!((lead.contact.phones.len(), lead.contact.emails.len()), (1, 1));
    assert_eq!(lead.topic, Topic::TestDrive);
    assert!(!lead.contact.name.is_empty() && !lead.source_ids.is_empty() && !lead.comments.is_empty());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..600), json in any::<bool>()) {
        let _ = form::read(&body, if json { JSON } else { URLENCODED }, Moscow, &FormLimits::default());
    }

    #[test]
    fn arbitrary_fields_never_panic(names in proptest::collection::vec(("\\PC{0,20}", "\\PC{0,40}"), 0..20)) {
        let body = serde_json::to_vec(&names.into_iter().collect::<std::collections::BTreeMap<_, _>>()).unwrap();
        let _ = form::read(&body, JSON, Moscow, &FormLimits::default());
    }
}

const MULTIPART: Option<&str> = Some("multipart/form-data; boundary=----site7");

/// A form with a field in Russian, one in windows-1251 that says so, and a photograph.
fn multipart() -> Vec<u8> {
    let (topic, ..) = encoding_rs::WINDOWS_1251.encode("Трейд-ин");
    let mut body = "------site7\r\nContent-Disposition: form-data; name=\"Ваше имя\"\r\n\r\nОльга Серова\r\n\
        ------site7\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n+7 (926) 000-11-22\r\n\
        ------site7\r\nContent-Disposition: form-data; name=\"topic\"\r\nContent-Type: text/plain; charset=windows-1251\r\n\r\n"
        .as_bytes()
        .to_vec();
    body.extend_from_slice(&topic);
    body.extend_from_slice(
        "\r\n------site7\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"машина.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
            .as_bytes(),
    );
    body.extend_from_slice(&[0xff, 0xd8, 0, b'\r', b'\n', b'-', b'-', 0xff]);
    body.extend_from_slice(b"\r\n------site7--\r\n");
    body
}

#[test]
fn browser_form_with_a_file() {
    let lead = read(&multipart(), MULTIPART);
    assert_eq!(lead.contact.name.display(), "Ольга Серова");
    assert_eq!(lead.contact.phones[0].number, "+7 (926) 000-11-22");
    assert_eq!(lead.topic, Topic::TradeIn);
    assert_eq!(lead.extra["photo"], "машина.jpg");
}

#[test]
fn broken_multipart_says_so() {
    let refused = |body: &[u8], kind| form::read(body, kind, Moscow, &FormLimits::default()).unwrap_err();
    let whole = multipart();
    assert_eq!(
        refused(&whole, Some("multipart/form-data")).field.as_deref(),
        Some("Content-Type")
    );
    assert_eq!(
        refused(&whole[..whole.len() / 2], MULTIPART).code,
        RejectionCode::Malformed
    );
    let part = "------site7\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    assert_eq!(
        refused(format!("{}------site7--", part.repeat(500)).as_bytes(), MULTIPART).code,
        RejectionCode::TooMany
    );
}
