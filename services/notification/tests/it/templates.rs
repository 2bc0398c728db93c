//! Wordings: the built-in ones, edited ones, hostile ones.

use notification::channel::smpp::encoding::Coding;
use notification::message::Channel;
use notification::message::reason::Language;
use notification::template::{Fields, Piece, TemplateName, Trouble, Wording, builtin_wording, check, render};

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn every_built_in_wording_passes_its_own_check() {
    for name in TemplateName::ALL {
        assert_eq!(TemplateName::from_code(name.code()), Some(name));
        for language in [Language::Ru, Language::En] {
            let wording = builtin_wording(name, language);
            let found = check(name, &wording, language);
            assert_eq!(found.problems, [], "{name:?} {language:?}");
            let preview = found.preview.unwrap();
            assert_eq!(preview.subject.is_some(), name.channel() == Channel::Email);
            assert!(
                !preview.text.contains("{{") && !preview.text.contains("  "),
                "{}",
                preview.text
            );
            // Nothing known about the client: still a whole sentence.
            let bare = render(name, &wording, &Fields::new()).unwrap();
            assert!(!bare.text.starts_with([',', ' ']), "{}", bare.text);
        }
    }
}

#[test]
fn the_russian_answer_to_a_lead_takes_two_parts_and_the_english_one() {
    let russian = check(
        TemplateName::LeadReceivedSms,
        &builtin_wording(TemplateName::LeadReceivedSms, Language::Ru),
        Language::Ru,
    );
    let size = russian.sms.unwrap();
    assert_eq!((size.coding, size.parts), (Coding::Ucs2, 2));
    let english = check(
        TemplateName::LeadReceivedSms,
        &builtin_wording(TemplateName::LeadReceivedSms, Language::En),
        Language::En,
    );
    assert_eq!(
        (english.sms.unwrap().coding, english.sms.unwrap().parts),
        (Coding::Gsm7, 1)
    );
}

#[test]
fn fields_are_escaped_in_html_and_nowhere_else() {
    let wording = builtin_wording(TemplateName::LeadAssignedEmail, Language::Ru);
    let hostile = fields(&[
        ("client_name", "<script>alert(1)</script> & {{ 7 * 7 }}"),
        ("employee_name", "Пётр"),
    ]);
    let mail = render(TemplateName::LeadAssignedEmail, &wording, &hostile).unwrap();
    let html = mail.html.unwrap();
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;") && html.contains("{{ 7 * 7 }}"));
    assert!(mail.text.contains("<script>alert(1)</script> & {{ 7 * 7 }}"));
    let subject = render(
        TemplateName::LeadAssignedEmail,
        &wording,
        &fields(&[("client_name", "Анна\r\nBcc: x")]),
    )
    .unwrap()
    .subject;
    assert_eq!(subject.as_deref(), Some("Новая заявка: Анна Bcc: x"));
}

fn sms(text: &str) -> Wording {
    Wording {
        subject: None,
        text: text.into(),
        html: None,
    }
}

#[test]
fn an_unknown_field_is_named_with_its_line_and_the_known_ones() {
    let found = check(
        TemplateName::LeadReceivedSms,
        &sms("Привет,\n{{ klient }}!"),
        Language::Ru,
    );
    let problem = &found.problems[0];
    assert_eq!((problem.piece, problem.line), (Piece::Text, Some(2)));
    assert!(
        matches!(&problem.trouble, Trouble::UnknownField { name, known } if name == "klient" && known.contains(&"client_name".into()))
    );
    assert!(problem.text(Language::Ru).contains("нет поля «klient»"));
    assert!(problem.text(Language::En).contains("line 2"));
    assert!(found.preview.is_none());
    assert!(
        render(
            TemplateName::LeadReceivedSms,
            &sms("{{ klient }}"),
            &Fields::new()
        )
        .is_err()
    );
}

#[test]
fn hostile_wordings_end_in_a_problem_and_soon() {
    let name = TemplateName::LeadReceivedSms;
    let loops = "{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}y{% endfor %}{% endfor %}";
    let self_call = "{% set a = 'x' * 9999 %}{{ a }}{{ a }}{{ a }}{{ a }}";
    for text in [
        loops,
        self_call,
        "{{",
        "{% if %}",
        "{% include 'x' %}",
        "{{ client_name.x.y }}",
        "{{ range(10) }}",
        "",
        "   ",
    ] {
        let found = check(name, &sms(text), Language::En);
        assert!(!found.problems.is_empty(), "{text}");
        assert!(
            found
                .problems
                .iter()
                .all(|problem| !problem.text(Language::Ru).is_empty())
        );
    }
    let long = check(name, &sms(&"я".repeat(700)), Language::Ru);
    assert!(matches!(
        long.problems[0].trouble,
        Trouble::TooManyParts { parts: 11, most: 10 }
    ));
    let with_subject = Wording {
        subject: Some("?".into()),
        ..sms("text")
    };
    assert!(matches!(
        check(name, &with_subject, Language::En).problems[0].trouble,
        Trouble::WrongPieces
    ));
}
