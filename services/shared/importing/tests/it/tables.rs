//! CSV: encodings, delimiters, quotes, ragged rows, and what the columns become.

use edina_importing::{ImportFile, Kind, Mapping, Reason, field::Field};
use encoding_rs::{IBM866, KOI8_R, WINDOWS_1251};

use crate::support::{open, open_with, records, refusal, rows, rows_of, settings};

const TABLE: &str = "ФИО;Телефон;E-mail;Дата рождения\nИванов Иван Иванович;8 916 123-45-67;i@example.com;05.03.1981\nПетрова Анна;+7 903 555 01 01;;\n";

#[test]
fn every_encoding_is_found() {
    let utf16 = |to: fn(u16) -> [u8; 2]| -> Vec<u8> { TABLE.encode_utf16().flat_map(to).collect() };
    let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
    let files: [(&str, Vec<u8>); 8] = [
        ("UTF-8", TABLE.into()),
        ("UTF-8", marked(b"\xef\xbb\xbf", TABLE.as_bytes())),
        ("windows-1251", WINDOWS_1251.encode(TABLE).0.into_owned()),
        ("KOI8-R", KOI8_R.encode(TABLE).0.into_owned()),
        ("IBM866", IBM866.encode(TABLE).0.into_owned()),
        ("UTF-16LE", marked(b"\xff\xfe", &utf16(u16::to_le_bytes))),
        ("UTF-16BE", marked(b"\xfe\xff", &utf16(u16::to_be_bytes))),
        ("UTF-16LE", utf16(u16::to_le_bytes)),
    ];
    for (encoding, bytes) in files {
        let mut file = open(bytes, "clients.csv", Kind::Contacts).unwrap();
        let preview = file.preview(5).unwrap();
        assert_eq!(
            (preview.encoding.as_str(), preview.delimiter.as_str()),
            (encoding, ";")
        );
        let rows = rows_of(&mut file);
        assert_eq!(rows.len(), 2, "{encoding}");
        let first = rows[0].outcome.as_ref().unwrap();
        assert_eq!(first.full_name, "Иванов Иван Иванович", "{encoding}");
        assert_eq!((rows[0].place, rows[0].line), (0, 2));
    }
}

#[test]
fn a_file_in_ascii_at_first_is_still_in_its_encoding() {
    let mut text = String::from("name,phone\n");
    for nth in 0..20_000 {
        text.push_str(&format!("John Smith,+7916{nth:07}\n"));
    }
    text.push_str("Сидоров Пётр,+79161234567\n");
    let rows = rows(WINDOWS_1251.encode(&text).0.into_owned(), "a.csv", Kind::Contacts);
    assert_eq!(
        rows.last().unwrap().outcome.as_ref().unwrap().full_name,
        "Сидоров Пётр"
    );
}

#[test]
fn every_delimiter_is_found() {
    for delimiter in [";", ",", "\t", "|"] {
        let text = TABLE.replace(';', delimiter);
        let found = records(text, "a.csv", Kind::Contacts);
        assert_eq!(found[0].phones, ["8 916 123-45-67"], "{delimiter:?}");
    }
    let hinted = format!("sep=;\n{TABLE}");
    assert_eq!(records(hinted, "a.csv", Kind::Contacts).len(), 2);
}

#[test]
fn rows_that_cannot_be_read_cost_only_themselves() {
    let mut bytes = b"name;phone;email;note;city\n".to_vec();
    bytes.extend_from_slice("Иванов Иван;+79161234567;;;\n".as_bytes());
    bytes.extend_from_slice(&WINDOWS_1251.encode("Петров Пётр;+79161234568;;;\n").0);
    bytes.extend_from_slice(b"Nul\0l;+79161234569;;;\n");
    bytes.extend_from_slice("обрывок\n;;;;\n".as_bytes());
    bytes.extend_from_slice(b"Too;+79161234560;;;;wide\n");
    bytes.extend_from_slice(b"\"Open;+79161234561;;;\nLast One;+79161234562;;;\n");
    let rows = rows(bytes, "a.csv", Kind::Contacts);
    let reasons: Vec<(u64, Option<Reason>)> = rows
        .iter()
        .map(|row| {
            (
                row.line,
                row.outcome.as_ref().err().map(|rejected| rejected.reason.clone()),
            )
        })
        .collect();
    let mixed = Reason::Mixed {
        file: "UTF-8".into(),
        cell: "windows-1251".into(),
    };
    let wide = Reason::WideRow { columns: 6, most: 5 };
    assert_eq!(
        reasons,
        [
            (2, None),
            (3, Some(mixed)),
            (4, Some(Reason::Nul)),
            (5, Some(Reason::LoneCell(5))),
            (7, Some(wide)),
            (8, Some(Reason::OpenQuote)),
            (9, None),
        ]
    );
    assert_eq!(rows[1].outcome.as_ref().unwrap_err().column, "name");
}

#[test]
fn utf8_cells_in_a_windows_file_are_told() {
    let mut bytes = Vec::new();
    for nth in 0..5 {
        let row = if nth == 0 {
            "ФИО;Телефон\n".to_owned()
        } else {
            format!("Иванов Иван;+7916123456{nth}\n")
        };
        bytes.extend_from_slice(&WINDOWS_1251.encode(&row).0);
    }
    bytes.extend_from_slice("Петров Пётр;+79161234567\n".as_bytes());
    let rows = rows(bytes, "a.csv", Kind::Contacts);
    assert!(matches!(
        rows[4].outcome.as_ref().unwrap_err().reason,
        Reason::Mixed { .. }
    ));
    assert_eq!(rows.iter().filter(|row| row.outcome.is_ok()).count(), 4);
}

#[test]
fn a_document_is_known_by_its_number_its_day_and_its_car() {
    let text = "№ договора;Дата договора;Покупатель;Телефон;VIN\n\
        17;12.03.2023;Иванов И.И.;9161234567;XWEHC812BD0001234\n\
        17;14.03.2024;Петров П.П.;9161234568;XWEHC812BD0001235\n\
        18;14.03.2024;Сидоров С.С.;9161234569;XWEHC812BD0001236\n\
        18;14.03.2024 10:00;Сидоров С.С.;9161234569;xwehc812bd0001236\n\
        18;14.03.2024;Сидоров С.С.;9161234569;XWEHC812BD0001237\n";
    let rows = rows(text, "sales.csv", Kind::SalesDms);
    let ids: Vec<&str> = rows
        .iter()
        .map(|row| row.outcome.as_ref().unwrap().external_id.as_str())
        .collect();
    let different: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(
        different.len(),
        4,
        "numbers begin anew each year, a contract has several cars: {ids:?}"
    );
    assert_eq!(ids[2], ids[3]);
}

#[test]
fn sales_become_sales() {
    let text = "Отчёт о продажах за март;;;;;;;\n;;;;;;;\n№ договора;Дата договора;Покупатель;ИНН;Телефон;VIN;Марка;Модель;Год выпуска;Сумма договора;Согласие на рекламу\n\
        А-17;12.03.2024;ООО «Ромашка»;1655123456;8 843 555-01-02, 8 903 555 01 03;XWEHC812BD0001234;Kia;Rio;2024;1 250 000,50;sms, email\n\
        А-18;12.03.2024 15:30;Иванов И.И.;;7,91612E+10;;Kia;Rio;2024;1000000;нет\n\
        А-19;скоро;Иванов И.И.;;9161234567;;Kia;Rio;2024;1000000;нет\n\
        А-20;13.03.2024;Иванов И.И.;;7.9161234567E10;;Kia;Rio;2024;договорная;нет\n\
        А-21;13.03.2024;Иванов И.И.;;7.9161234567E10;;Kia;Rio;2024;900000;как-нибудь\n";
    let rows = rows(text, "sales.csv", Kind::SalesDms);
    let sale = rows[0].outcome.as_ref().unwrap();
    assert_eq!(
        (sale.source.as_str(), sale.kind.as_str(), sale.department.as_str()),
        ("sales_dms", "sale", "sales")
    );
    assert_eq!(
        sale.external_id,
        "sales-dms:branch-1:А-17:2024-03-12:XWEHC812BD0001234"
    );
    assert_eq!(sale.company.as_ref().unwrap().name, "ООО «Ромашка»");
    assert_eq!(sale.phones.len(), 2);
    assert_eq!(sale.amount.as_ref().unwrap().minor, 125_000_050);
    assert_eq!(sale.occurred_at.as_ref().unwrap().seconds, 1_710_190_800);
    assert_eq!(
        (sale.vehicles[0].make.as_str(), sale.vehicles[0].year),
        ("Kia", 2024)
    );
    let said: Vec<_> = sale
        .consents
        .iter()
        .map(|said| (said.channel.as_str(), said.granted))
        .collect();
    assert_eq!(said, [("sms", true), ("email", true)]);
    let columns: Vec<&str> = rows[1..]
        .iter()
        .map(|row| row.outcome.as_ref().unwrap_err().column.as_str())
        .collect();
    assert_eq!(
        columns,
        [
            "Телефон",
            "Дата договора",
            "Сумма договора",
            "Согласие на рекламу"
        ]
    );
}

#[test]
fn a_counterparty_of_1c_is_a_company_or_a_person() {
    let text = "Код;Наименование;Полное наименование;Юр./физ. лицо;ИНН;КПП;Телефон;ОГРН\n\
        00-001;Ромашка;Общество с ограниченной ответственностью \"Ромашка\";Юридическое лицо;278123456;27801001;8 (347) 255-01-01;1020200000000\n\
        00-002;Иванов И. И.;Иванов Иван Иванович;Физическое лицо;;;;\n";
    let found = records(text, "1c.csv", Kind::OneC);
    let company = found[0].company.as_ref().unwrap();
    assert!(company.name.contains("Общество") && company.inn == "0278123456" && company.kpp == "027801001");
    assert_eq!(found[0].full_name, "");
    assert_eq!(
        (found[1].full_name.as_str(), found[1].company.as_ref()),
        ("Иванов Иван Иванович", None)
    );
    assert_eq!(company.ogrn, "1020200000000");
}

#[test]
fn the_people_of_a_company_come_with_their_own_numbers() {
    let whole = "Компания;ИНН;Телефон;Контактное лицо;Должность;Роль контактного лица;Телефон контактного лица;E-mail контактного лица;\
        Контактное лицо 2;Телефон контактного лица 2\n\
        ООО Ромашка;7707083893;84951234567;Кравцов Игорь;директор;финансовый покупатель;89167654321;k@romashka.example;Зуева Мария;89031112233\n";
    for kind in [Kind::Contacts, Kind::OneC, Kind::Bitrix24, Kind::SalesDms] {
        let found = records(whole, "a.csv", kind);
        let people = &found[0].contacts;
        assert_eq!(people.len(), 2, "{kind}");
        assert_eq!(
            [
                &people[0].name,
                &people[0].position,
                &people[0].buyer_role,
                &people[0].phone,
                &people[0].email
            ],
            [
                "Кравцов Игорь",
                "директор",
                "financial_buyer",
                "89167654321",
                "k@romashka.example"
            ],
            "{kind}"
        );
        assert_eq!(people[1].phone, "89031112233", "{kind}");
        assert_eq!(found[0].phones, ["84951234567"], "{kind}: the company's own");
        assert_eq!(found[0].full_name, "", "{kind}");
    }
    // The person of a row of a CRM is whose position it is.
    let row = "ID;Имя;Фамилия;Должность;Компания;Мобильный телефон\n7;Игорь;Кравцов;директор;ООО Ромашка;89167654321\n\
        8;Анна;Зуева;инженер;;89031112233\n";
    for kind in [Kind::Bitrix24, Kind::AmoCrm] {
        let found = records(row, "a.csv", kind);
        let person = &found[0].contacts[0];
        assert_eq!(
            (person.name.as_str(), person.position.as_str()),
            ("Кравцов Игорь", "директор"),
            "{kind}"
        );
        assert_eq!(found[0].labels["89167654321"], "mobile", "{kind}");
        assert_eq!(found[1].extra["position"], "инженер", "{kind}: of no company");
    }
    // A name without its legal form is a company's beside somebody to speak to.
    let row = "Наименование;Контактное лицо\nСтройинвест;Кравцов Игорь\n";
    let found = records(row, "a.csv", Kind::OneC);
    assert_eq!(
        (found[0].full_name.as_str(), found[0].contacts.len()),
        ("Стройинвест", 1)
    );
}

#[test]
fn a_contact_person_of_nobody_is_the_client_and_one_of_a_person_is_not() {
    let rows = "Контактное лицо;Телефон контактного лица;Должность\nКравцов Игорь;89167654321;инженер\n";
    let found = records(rows, "a.csv", Kind::Contacts);
    assert_eq!(
        (found[0].full_name.as_str(), found[0].phones[0].as_str()),
        ("Кравцов Игорь", "89167654321")
    );
    assert!(found[0].contacts.is_empty() && found[0].extra["position"] == "инженер");
    let rows = "ФИО;Телефон;Контактное лицо;Телефон контактного лица\nИванова Анна;89031112233;Кравцов Игорь;89167654321\n";
    let found = records(rows, "a.csv", Kind::Contacts);
    assert_eq!(
        (found[0].full_name.as_str(), found[0].phones.len()),
        ("Иванова Анна", 1)
    );
    assert_eq!(found[0].extra["contact_person"], "Кравцов Игорь, 89167654321");
}

#[test]
fn the_same_card_said_again_is_the_same_and_a_changed_one_is_not() {
    let one = |phone: &str| {
        records(
            format!("ID;Имя;Мобильный телефон\n7;Иван;{phone}\n"),
            "a.csv",
            Kind::Bitrix24,
        )
        .remove(0)
        .external_id
    };
    assert_eq!(one("+79161234567"), one("+79161234567"));
    assert_ne!(one("+79161234567"), one("+79161234568"));
    assert!(one("1").starts_with("bitrix24:branch-1:7:"));
    assert_eq!(
        records("Имя;Телефон\nИван;+79161234567\n", "a.csv", Kind::Contacts)[0].external_id,
        ""
    );
}

#[test]
fn a_mapping_is_edited_kept_and_used_again() {
    let text =
        "Как звать;Куда звонить;Чем ездит;Лишнее\nИван Петров;+79161234567;Lada Vesta 2020 А123ВС116; нет\n";
    assert!(refusal(text, "a.csv", Kind::Contacts).contains("column names"));
    let mapping = Mapping::from_json(
        r#"{"kind":"contacts","columns":[{"column":"как звать","field":"full_name"},
            {"column":"Куда звонить","field":"phone"},{"column":"Чем ездит","field":"car"}]}"#,
    )
    .unwrap();
    let mut file = open_with(text, "a.csv", Kind::Contacts, Some(mapping.clone())).unwrap();
    let preview = file.preview(10).unwrap();
    assert_eq!(preview.unmapped, ["Лишнее"]);
    assert!(
        preview.rows[0]
            .said
            .contains(&("car".into(), "Lada Vesta 2020 А123ВС116".into()))
    );
    let kept = Mapping::from_json(&file.mapping().to_json()).unwrap();
    assert_eq!(
        rows_of(&mut open_with(text, "a.csv", Kind::Contacts, Some(kept)).unwrap()),
        rows_of(&mut file)
    );
    let renamed = text.replace("Чем ездит", "Машинка");
    let refused = open_with(renamed, "a.csv", Kind::Contacts, Some(mapping))
        .err()
        .unwrap();
    assert_eq!(refused.0, Reason::MissingColumn("Чем ездит".into()));
    assert!(Mapping::from_json(r#"{"kind":"contacts","columns":[{"column":"a","field":"fone"}]}"#).is_err());
}

#[test]
fn several_cars_in_numbered_columns() {
    let text =
        "ФИО,VIN,Госномер,VIN 2,Госномер 2\nИванов,XWEHC812BD0001234,А123ВС116,Z94CB41AAGR000001,В001ОР777\n";
    let cars = records(text, "a.csv", Kind::Contacts).remove(0).vehicles;
    assert_eq!(cars.len(), 2);
    assert_eq!(
        (cars[1].vin.as_str(), cars[1].plate.as_str()),
        ("Z94CB41AAGR000001", "В001ОР777")
    );
}

#[test]
fn files_that_are_not_what_they_say_are_refused() {
    let refused = |bytes: &[u8], name, kind| refusal(bytes, name, kind);
    assert!(refused(TABLE.as_bytes(), "clients.xlsx", Kind::Contacts).contains("called clients.xlsx"));
    assert!(refused(b"%PDF-1.7", "a.csv", Kind::Contacts).contains("PDF"));
    assert!(refused(b"<html><table>", "a.xls", Kind::Contacts).contains("web page"));
    assert!(refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", Kind::Contacts).contains("old Excel"));
    assert!(refused(b"", "a.csv", Kind::Contacts).contains("no rows"));
    assert!(
        refused(
            b"\x01\x02\x03\x00\x05\x06\x07\x08\x00\x09",
            "a.csv",
            Kind::Contacts
        )
        .contains("no text")
    );
    assert!(refused(TABLE.as_bytes(), "a.csv", Kind::Vcard).contains("another kind"));
    assert!(refused(b"date;amount\n1;2\n", "a.csv", Kind::SalesDms).contains("no column names a client"));
}

#[test]
fn columns_nobody_knows_are_shown_and_can_be_named() {
    let table = "Список за 2024 год\nПокупашка;Звонилка;Вторая звонилка\nИванов Иван;8 916 123-45-67;8 903 555-01-01\n";
    assert!(refusal(table, "a.csv", Kind::Contacts).contains("column names"));
    let look = |mapping| {
        let content = std::io::Cursor::new(table.as_bytes().to_vec());
        ImportFile::look(content, "a.csv", Kind::Contacts, mapping, settings()).unwrap()
    };
    let mut guessed = look(None);
    let shown = guessed.preview(5).unwrap();
    assert!(shown.problem.unwrap().contains("no row with column names"));
    let names: Vec<&str> = shown.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["Покупашка", "Звонилка", "Вторая звонилка"]);
    let mut mapping = shown.mapping;
    let key = mapping.columns_key();
    for (at, field) in [(0, Field::FullName), (1, Field::Phone), (2, Field::Phone)] {
        mapping.set(at, Some(field));
    }
    assert_eq!(mapping.columns_key(), key, "the key is that of the names");
    assert_eq!(
        mapping
            .columns
            .iter()
            .map(|column| column.nth)
            .collect::<Vec<_>>(),
        [1, 1, 2]
    );
    let mut named = look(Some(mapping));
    assert_eq!(named.problem(), None);
    let found = rows_of(&mut named);
    assert_eq!(found[0].outcome.as_ref().unwrap().phones.len(), 2);
}
