//! vCard 2.1, 3.0 and 4.0.

use edina_importing::{Kind, Reason};
use encoding_rs::WINDOWS_1251;

use crate::support::{records, rows};

#[test]
fn cards_of_every_version() {
    let text = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=B2;=D0=98=\r\n=D0=B2=D0=B0=D0=BD;;;\r\nTEL;CELL:+79161234567\r\nTEL;HOME:8 843 555-01-02\r\nTEL:+79161234568\r\nTEL;CELL:+79161234569\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Петров\\, Пётр\r\nN:Петров;Пётр;Сергеевич;;\r\nitem1.EMAIL;TYPE=INTERNET:p@exam\r\n ple.com\r\nADR;TYPE=HOME:;;ул. Баумана\\, 1;Казань;;420000;Россия\r\nPHOTO;ENCODING=b:AAAA\r\n AAAA\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:4.0\r\nFN:ООО «Ромашка»\r\nORG:ООО «Ромашка»;Отдел закупок\r\nTEL;VALUE=uri;TYPE=\"voice,work\":tel:+7-843-555-01-03\r\nBDAY:19810305\r\nUID:urn:uuid:1\r\nEND:VCARD";
    let found = records(text, "a.vcf", Kind::Vcard);
    assert_eq!(
        (found[0].last_name.as_str(), found[0].first_name.as_str()),
        ("Иванов", "Иван")
    );
    // In the order of the card, whatever it calls them.
    let told = ["+79161234567", "8 843 555-01-02", "+79161234568", "+79161234569"];
    assert_eq!(found[0].phones, told);
    assert!(!found[0].labels.contains_key("+79161234568"));
    assert_eq!(
        (
            &found[0].labels["+79161234567"],
            &found[0].labels["8 843 555-01-02"]
        ),
        (&"mobile".to_owned(), &"home".to_owned())
    );
    assert_eq!(found[2].labels["+7-843-555-01-03"], "work");
    assert_eq!(
        (found[1].middle_name.as_str(), found[1].emails[0].as_str()),
        ("Сергеевич", "p@example.com")
    );
    assert_eq!(found[1].address, "420000, Россия, Казань, ул. Баумана, 1");
    assert_eq!(found[2].company.as_ref().unwrap().name, "ООО «Ромашка»");
    assert_eq!(
        (found[2].phones[0].as_str(), found[2].birth_date.as_str()),
        ("+7-843-555-01-03", "19810305")
    );
    assert!(found[2].external_id.starts_with("vcard:branch-1:urn:uuid:1:"));
}

#[test]
fn cards_in_an_old_encoding_and_broken_ones() {
    let text = "BEGIN:VCARD\nVERSION:2.1\nN:Иванов;Иван\nTEL:+79161234567\nEND:VCARD\n\
        BEGIN:VCARD\nFN:Без конца\nBEGIN:VCARD\nFN:Пустая\nEND:VCARD\nчужая строка\nBEGIN:VCARD\nTEL:+79161234568\nEND:VCARD\n";
    let rows = rows(WINDOWS_1251.encode(text).0.into_owned(), "a.vcf", Kind::Vcard);
    assert_eq!(rows[0].outcome.as_ref().unwrap().last_name, "Иванов");
    let reasons: Vec<_> = rows.iter().filter_map(|row| row.outcome.as_ref().err()).collect();
    assert_eq!(
        (reasons[0].line, reasons[0].reason.clone()),
        (6, Reason::CardNotEnded)
    );
    assert_eq!(
        (reasons[1].line, reasons[1].reason.clone()),
        (11, Reason::NotACard)
    );
    assert_eq!(rows.iter().filter(|row| row.outcome.is_ok()).count(), 3);
}

#[test]
fn accounts_of_cards_say_their_network() {
    let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Анна\r\nTEL:+79161234567\r\n\
        IMPP;X-SERVICE-TYPE=Skype;type=HOME:skype:anna.k\r\nIMPP:whatsapp:+79161234567\r\nX-TELEGRAM:@anna_k\r\n\
        X-SOCIALPROFILE;type=vk:https://vk.com/id7\r\nitem1.URL:https://t.me/anna_k\r\nURL:https://example.com/anna\r\n\
        X-ICQ:123456\r\nX-SKYPE-USERNAME:anna.work\r\nEND:VCARD";
    let found = records(text, "a.vcf", Kind::Vcard);
    let mut accounts: Vec<(&str, &str)> = found[0]
        .profiles
        .iter()
        .map(|profile| (profile.network.as_str(), profile.handle.as_str()))
        .collect();
    accounts.sort_unstable();
    assert_eq!(
        accounts,
        [
            ("icq", "123456"),
            ("skype", "anna.k"),
            ("skype", "anna.work"),
            ("telegram", "anna_k"),
            ("vk", "id7"),
            ("whatsapp", "+79161234567"),
        ]
    );
}

#[test]
fn columns_of_messengers_become_accounts() {
    let table = "ФИО;Телефон;Telegram;WhatsApp;Соцсети;MAX\n\
        Анна Круглова;8 916 123-45-67;@anna_k;8 916 123-45-67;https://vk.com/id7, нет;+7 903 111-22-33\n";
    let found = records(table, "a.csv", Kind::Contacts);
    let accounts: Vec<(&str, &str)> = found[0]
        .profiles
        .iter()
        .map(|profile| (profile.network.as_str(), profile.handle.as_str()))
        .collect();
    assert_eq!(
        accounts,
        [
            ("telegram", "anna_k"),
            ("whatsapp", "+79161234567"),
            ("vk", "id7"),
            ("max", "+79031112233"),
        ]
    );
}

#[test]
fn birthdays_without_a_year_are_kept_and_are_no_dates_of_birth() {
    let card =
        |birthday: &str| format!("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Анна\r\n{birthday}\r\nEND:VCARD\r\n");
    let text: String = [
        "BDAY:--0203",
        "BDAY;VALUE=date:--02-03",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03",
        "BDAY:19850203T000000Z",
        "BDAY:1985-02-03T00:00:00Z",
        "BDAY:---03",
    ]
    .map(card)
    .concat();
    let found = records(text, "a.vcf", Kind::Vcard);
    for record in &found[..3] {
        assert_eq!(
            (record.birth_date.as_str(), record.extra["Birthday"].as_str()),
            ("", "03.02")
        );
    }
    assert_eq!(found[3].birth_date, "19850203");
    assert_eq!(found[4].birth_date, "1985-02-03");
    assert_eq!(found[5].birth_date, "");
}

#[test]
fn cards_of_old_telephones() {
    // Base 64 of `Иванов;Иван`, a soft line break, a fax, lines that end twice, and lone CR.
    let text = "BEGIN:VCARD\r\r\nVERSION:2.1\r\r\nN;ENCODING=BASE64;CHARSET=UTF-8:0JjQstCw0L3QvtCyO9CY0LLQsNC9\r\r\n\
        TEL;HOME;FAX:+78432000000\r\r\nTEL;CELL;VOICE:+79161234567\r\r\nitem2.EMAIL;INTERNET:mailto:i@example.com\r\r\n\
        NOTE;CHARSET=WINDOWS-1251;ENCODING=QUOTED-PRINTABLE:=EF=F0=E8=E2=\r\r\n=E5=F2\r\r\nEND:VCARD\r\r\n";
    for text in [
        text.to_owned(),
        text.replace("\r\r\n", "\r"),
        text.replace("\r\r\n", "\n"),
    ] {
        let record = records(text, "a.vcf", Kind::Vcard).remove(0);
        assert_eq!(
            (record.last_name.as_str(), record.first_name.as_str()),
            ("Иванов", "Иван")
        );
        assert_eq!(record.phones, ["+79161234567"]);
        assert_eq!(
            (record.emails[0].as_str(), record.comment.as_str()),
            ("i@example.com", "привет")
        );
    }
}
