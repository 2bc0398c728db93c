//! The oddities of real ADF senders, in documents of our own.

use chrono_tz::Europe::Moscow;
use lead_intake::channel::adf::{self, AdfOptions};
use lead_intake::channel::{RejectedPart, RejectionCode};
use lead_intake::lead::{ContactChannel, Lead, PhoneKind, Topic, WarningCode};
use proptest::prelude::*;

const SEVERAL: &str = include_str!("adf_quirks/several_prospects_one_bad.xml");

fn read(bytes: &[u8]) -> Vec<Result<Lead, RejectedPart>> {
    adf::read(
        bytes,
        &AdfOptions {
            zone: Moscow,
            ..AdfOptions::default()
        },
    )
}

fn only(bytes: &[u8]) -> Lead {
    let mut results = read(bytes);
    assert_eq!(results.len(), 1, "{results:?}");
    results.remove(0).expect("the lead is taken")
}

fn warned(lead: &Lead, code: WarningCode) -> bool {
    lead.warnings.iter().any(|warning| warning.code == code)
}

#[test]
fn every_readable_prospect_is_taken_and_the_rest_says_why() {
    let results = read(SEVERAL.as_bytes());
    assert_eq!(
        results.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [true, false, true, true],
        "{results:?}"
    );

    let olga = results[0].as_ref().unwrap();
    assert!(olga.resend && olga.topic == Topic::TestDrive);
    assert_eq!(olga.contact.name.display(), "Серова Ольга Игоревна");
    assert_eq!(olga.source_ids.len(), 2);
    assert_eq!(
        (olga.source_ids[1].source.as_str(), olga.source_ids[1].sequence),
        ("Второй", Some(2))
    );
    assert_eq!(olga.requested_at, Some("2025-09-22T15:07:00Z".parse().unwrap()));
    assert_eq!(olga.wanted[0].model.as_deref(), Some("Веста & Ко"));
    assert_eq!(olga.contact.phones[0].kind, Some(PhoneKind::Mobile));
    assert_eq!(olga.contact.preferred_channel, Some(ContactChannel::Email));
    assert_eq!(olga.comments, ["Скидка 5 < 10? &who; &file;"]);
    assert_eq!(olga.branch_hint.as_deref(), Some("Салон на Ленина"));
    assert_eq!(
        olga.provider
            .as_ref()
            .and_then(|provider| provider.service.as_deref()),
        Some("Тест-драйв")
    );

    let refused = results[1].as_ref().unwrap_err();
    assert_eq!(refused.rejection.code, RejectionCode::NoContact);
    assert_eq!(refused.rejection.position.unwrap().line, 19);
    assert!(refused.raw.starts_with("<prospect>") && refused.raw.ends_with("</prospect>"));

    let unclosed = results[2].as_ref().unwrap();
    assert_eq!(unclosed.contact.phones[0].number, "8 903 000-33-44");
    assert!(warned(unclosed, WarningCode::MarkupRepaired));

    let trade_in = results[3].as_ref().unwrap();
    assert!(trade_in.wanted.is_empty() && trade_in.topic == Topic::TradeIn);
    assert_eq!(trade_in.offered[0].mileage_km, Some(120_000));
}

#[test]
fn quoted_printable_nobody_decoded() {
    let lead = only(include_bytes!("adf_quirks/quoted_printable.txt"));
    assert_eq!(lead.contact.name.display(), "Иван");
    assert_eq!(lead.source_ids[0].source, "Портал");
    assert_eq!(lead.wanted[0].display(), "Kia Rio");
}

#[test]
fn attachment_of_a_mail() {
    let lead = only(include_bytes!("adf_quirks/mail_multipart.eml"));
    assert_eq!(lead.contact.emails, ["anna.roe@example.com"]);
}

#[test]
fn inside_a_comment_with_everything_in_free_text() {
    let lead = only(include_bytes!("adf_quirks/escaped_in_html_comment_bare.html"));
    assert_eq!(lead.contact.name.display(), "Анна Петрова");
    assert_eq!(lead.contact.phones[0].number, "8 916 000-77-88");
    assert!(warned(&lead, WarningCode::ContactFromText) && warned(&lead, WarningCode::DateUnreadable));
    // The template filled the same car in twice; a calculator of trade-ins means the client's own.
    assert!(warned(&lead, WarningCode::VehicleMirrored));
    assert_eq!(
        (lead.wanted.len(), lead.offered.len(), lead.topic),
        (0, 1, Topic::TradeIn)
    );
    assert!(lead.consents[0].given && lead.requested_at.is_none());
}

#[test]
fn russian_charsets_declared_or_not() {
    let document = "<adf><prospect><customer><contact><name part=\"full\">Щукина Юлия Артёмовна</name>\
        <phone>89160001122</phone></contact><comments>Здравствуйте! Хочу купить новый автомобиль в кредит.</comments>\
        </customer></prospect></adf>";
    for (label, encoding) in [
        ("windows-1251", encoding_rs::WINDOWS_1251),
        ("koi8-r", encoding_rs::KOI8_R),
        ("utf-8", encoding_rs::UTF_8),
    ] {
        for declaration in [
            String::new(),
            format!("<?xml version=\"1.0\" encoding=\"{label}\"?>"),
        ] {
            let text = format!("{declaration}{document}");
            let lead = only(&encoding.encode(&text).0);
            assert_eq!(lead.contact.name.display(), "Щукина Юлия Артёмовна", "{label}");
            assert_eq!(lead.topic, Topic::Buy);
        }
    }
    let escaped = document.replace('<', "&lt;").replace('>', "&gt;");
    assert_eq!(
        only(format!("<pre>{escaped}</pre>").as_bytes())
            .contact
            .phones
            .len(),
        1
    );
}

#[test]
fn cut_documents_give_what_came_before() {
    let whole = "<adf><prospect><id>1</id><customer><contact><name part=\"full\">Анна</name><phone>89160001122</phone>\
        </contact></customer></prospect><prospect><customer><contact><phone>89160003344</phone><name part=\"full\">Пё";
    let results = read(whole.as_bytes());
    assert_eq!(results.len(), 2);
    assert!(warned(results[1].as_ref().unwrap(), WarningCode::Truncated));
    // A number that breaks off is no number to call.
    let cut = "<adf><prospect><customer><contact><name part=\"full\">Анна</name><phone>8916000";
    assert_eq!(
        read(cut.as_bytes())[0].as_ref().unwrap_err().rejection.code,
        RejectionCode::Truncated
    );
}

#[test]
fn nothing_to_read_says_what_is_expected() {
    for (document, code) in [
        ("", RejectionCode::Empty),
        ("  \n ", RejectionCode::Empty),
        ("hello", RejectionCode::NoLead),
        ("<adf/>", RejectionCode::Truncated),
        ("<adf><prospect/></adf>", RejectionCode::NoContact),
    ] {
        let results = read(document.as_bytes());
        let refused = results[0].as_ref().unwrap_err();
        assert_eq!(refused.rejection.code, code, "{document}");
        assert!(refused.rejection.expected.is_some() && !refused.rejection.message_ru.is_empty());
    }
    assert_eq!(
        read(&vec![b'<'; 3 << 20])[0].as_ref().unwrap_err().rejection.code,
        RejectionCode::TooLarge
    );
}

#[test]
fn hostile_documents_stay_bounded() {
    let bomb = format!(
        "<!DOCTYPE a [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;\">]><adf><prospect><customer><contact><name>&b;&b;</name>\
         <phone>89160001122</phone></contact></customer></prospect></adf>",
        "x".repeat(1000)
    );
    assert_eq!(only(bomb.as_bytes()).contact.name.display(), "&b;&b;");
    let prospect = "<prospect><customer><contact><phone>89160001122</phone></contact></customer></prospect>";
    let results = read(format!("<adf>{}</adf>", prospect.repeat(300)).as_bytes());
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 200);
    assert_eq!(
        results.last().unwrap().as_ref().unwrap_err().rejection.code,
        RejectionCode::TooMany
    );
    // Each would take minutes if every mark were searched for its end anew.
    for mark in [
        "<!--",
        "<!",
        "<?",
        "<![CDATA[",
        "<a ",
        "<a b=\"",
        "&",
        "<customer>",
        "<a>",
        "</a>",
        "<adf><!--",
        "=3D\"",
    ] {
        let document = format!("{}{prospect}", mark.repeat((1 << 20) / mark.len()));
        assert!(!read(document.as_bytes()).is_empty(), "{mark}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..800)) {
        prop_assert!(!read(&bytes).is_empty());
    }

    #[test]
    fn mark_up_soup_never_panics(
        pieces in proptest::collection::vec(prop_oneof![
            Just("<prospect>"), Just("</prospect>"), Just("<customer>"), Just("</customer>"), Just("<contact>"), Just("</contact>"),
            Just("<phone type=\"x"), Just("<phone>"), Just("8916"), Just("0001122"), Just("</phone>"), Just("<!--"), Just("-->"),
            Just("<![CDATA["), Just("]]>"), Just("&"), Just("&#x41;"), Just("ё"), Just("<"), Just(">"), Just("=\""), Just("<br/>"),
            Just("<?adf"), Just("<!DOCTYPE ["), Just("<comments>"), Just("<vehicle interest=sell>"), Just("<year>20"), Just("\n\n"),
            Just("Content-Type: text/plain\n"), Just("=3D\""), Just("a@b.ru "),
        ], 0..60)
    ) {
        prop_assert!(!read(pieces.concat().as_bytes()).is_empty());
    }

    #[test]
    fn a_byte_changed_never_panics(at in 0..SEVERAL.len(), byte in any::<u8>()) {
        let mut bytes = SEVERAL.as_bytes().to_vec();
        bytes[at] = byte;
        prop_assert!(!read(&bytes).is_empty());
    }
}

#[test]
fn cut_at_every_byte_gives_leads_or_a_reason() {
    let mut most = 0;
    for end in 0..=SEVERAL.len() {
        let results = read(&SEVERAL.as_bytes()[..end]);
        assert!(!results.is_empty(), "{end}");
        // More of the document never loses a prospect that was complete before.
        let complete = results
            .iter()
            .flatten()
            .filter(|lead| !warned(lead, WarningCode::Truncated))
            .count();
        assert!(complete >= most, "{end}");
        most = complete;
        for result in &results {
            match result {
                Ok(lead) => assert!(lead.contact.is_reachable()),
                Err(part) => {
                    assert!(!part.rejection.message_en.is_empty() && !part.rejection.message_ru.is_empty())
                }
            }
        }
    }
    assert_eq!(most, 3);
}
