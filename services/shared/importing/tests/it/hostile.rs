//! Files as they really come: every one is read right, or told.

use std::fmt::Write as _;

use edina_importing::{ImportFile, Kind, Mapping, Reason, field::Field};
use encoding_rs::WINDOWS_1251;

use crate::support::{archive, open, open_with, records, refusal, rows, rows_of, settings, workbook};

fn reasons(bytes: impl Into<Vec<u8>>, kind: Kind) -> Vec<Option<Reason>> {
    let found = rows(bytes, "a.csv", kind);
    found
        .into_iter()
        .map(|row| row.outcome.err().map(|rejected| rejected.reason))
        .collect()
}

#[test]
fn lines_may_end_with_a_lone_carriage_return() {
    let text =
        "ФИО;Телефон\rСоколов Пётр;+79161234567\r\"Гусева Анна;+79161234568\rРыбин Олег;+79161234569\r";
    for bytes in [text.as_bytes().to_vec(), WINDOWS_1251.encode(text).0.into_owned()] {
        let found = rows(bytes, "a.csv", Kind::Contacts);
        assert_eq!(
            found.len(),
            3,
            "a quotation mark left open costs its own line: {found:?}"
        );
        assert_eq!(found[1].outcome.as_ref().unwrap_err().reason, Reason::OpenQuote);
        assert_eq!((found[1].line, found[2].line), (3, 4));
        assert_eq!(found[2].outcome.as_ref().unwrap().full_name, "Рыбин Олег");
    }
}

#[test]
fn a_file_that_changes_its_encoding_costs_the_cells_that_are_in_another() {
    let mut bytes = String::from("ФИО;Телефон\n").into_bytes();
    for n in 0..50 {
        bytes.extend(format!("Соколов Пётр;+7916{n:07}\n").bytes());
    }
    bytes.extend_from_slice(&WINDOWS_1251.encode("Гусева Анна;+79161234568\n").0);
    bytes.extend("Рыбин Олег;+79161234569\n".bytes());
    let told = reasons(bytes, Kind::Contacts);
    assert_eq!(told.iter().flatten().count(), 1);
    let Some(Reason::Mixed { file, cell }) = &told[50] else {
        panic!("{:?}", told[50])
    };
    assert_eq!((file.as_str(), cell.as_str()), ("UTF-8", "windows-1251"));
}

#[test]
fn names_of_columns_that_come_again_are_no_clients() {
    let text = "Отчёт за 2025 год;;\n\nФИО;Телефон;Марка\nСоколов Пётр;+79161234567;Lada\nФИО;Телефон;Марка\n\
        Гусева Анна;+79161234568;Kia\nФИО;;\n";
    let told = reasons(text, Kind::Contacts);
    let again = Some(Reason::HeaderAgain);
    assert_eq!(told, [None, again.clone(), None, again]);
    assert!(Reason::HeaderAgain.russian().contains("названия столбцов"));
}

#[test]
fn a_file_of_names_of_columns_alone_is_told_before_anything_is_written() {
    let mut file = open("ФИО;Телефон\n", "a.csv", Kind::Contacts).unwrap();
    let preview = file.preview(5).unwrap();
    assert!(preview.problem.unwrap().contains("no rows below"));
    assert!(preview.problem_russian.unwrap().contains("нет строк"));
    for nothing in ["\u{feff}", "\n\n \n"] {
        assert!(
            refusal(nothing, "a.csv", Kind::Contacts).contains("no rows"),
            "{nothing:?}"
        );
    }
    assert!(refusal(";;;\n;;;\n", "a.csv", Kind::Contacts).contains("column names"));
}

#[test]
fn columns_of_one_name_are_each_of_their_own() {
    let text = "ФИО;VIN;Госномер;VIN;Госномер;Номер;Номер\n\
        Иванов Пётр;XWEHC812BD0001234;А123ВС116;Z94CB41AAGR000001;В001ОР777;+79161234567;договор 5\n";
    let cars = records(text, "a.csv", Kind::Contacts).remove(0).vehicles;
    let told: Vec<_> = cars
        .iter()
        .map(|car| (car.vin.as_str(), car.plate.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("XWEHC812BD0001234", "А123ВС116"),
            ("Z94CB41AAGR000001", "В001ОР777")
        ]
    );
    // Said to be different things they stay so when the file is opened with what was said.
    let look = |mapping| {
        let content = std::io::Cursor::new(text.as_bytes().to_vec());
        ImportFile::look(content, "a.csv", Kind::Contacts, mapping, settings()).unwrap()
    };
    let mut mapping = look(None).mapping().clone();
    mapping.set(5, Some(Field::Phone));
    mapping.set(6, Some(Field::Comment));
    let kept = Mapping::from_json(&mapping.to_json()).unwrap();
    let record = rows_of(&mut look(Some(kept))).remove(0).outcome.unwrap();
    assert_eq!((record.phones.len(), record.comment.as_str()), (1, "договор 5"));
}

#[test]
fn digits_that_a_spreadsheet_lost_reject_their_cell() {
    let mut text = String::from("ФИО;Телефон\n");
    for phone in [
        "1,23457E+11",
        "7.91612E+10",
        "79001234567.0",
        "79001234567,00",
        "'+79001234567",
        "=\"79001234567\"",
    ] {
        writeln!(text, "Соколов Пётр;{phone}").unwrap();
    }
    let found = rows(text, "a.csv", Kind::Contacts);
    for lost in &found[..2] {
        let rejected = lost.outcome.as_ref().unwrap_err();
        assert!(matches!(rejected.reason, Reason::LostDigits(_)));
        assert_eq!(rejected.column, "Телефон");
    }
    for whole in &found[2..] {
        let phone = &whole.outcome.as_ref().unwrap().phones[0];
        assert_eq!(phone.trim_start_matches('+'), "79001234567");
    }
}

#[test]
fn days_that_a_spreadsheet_counted_are_days() {
    let text =
        "ФИО;Дата рождения;Дата\nСоколов Пётр;29650;45363,4270833\nГусева Анна;05.03.1981;12.03.2024\n";
    let found = records(text, "a.csv", Kind::Contacts);
    assert_eq!(found[0].birth_date, "1981-03-05");
    assert_eq!(found[0].occurred_at.as_ref().unwrap().seconds, 1_710_227_700);
    assert_eq!(found[1].birth_date, "05.03.1981");
}

#[test]
fn a_workbook_that_counts_from_1904_does() {
    let book = r#"<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="Лист" r:id="rId1"/></sheets></workbook>"#;
    let relations = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>
        <Relationship Id="rId3" Type="x/styles" Target="styles.xml"/></Relationships>"#;
    let styles = r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    let text = |at: &str, text: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let sheet = format!(
        r#"<worksheet><sheetData><row r="1">{}{}</row><row r="2">{}<c r="B2" s="1"><v>28188</v></c></row></sheetData></worksheet>"#,
        text("A1", "ФИО"),
        text("B1", "Дата рождения"),
        text("A2", "Соколов Пётр")
    );
    let bytes = archive(&[
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ]);
    assert_eq!(
        records(bytes, "a.xlsx", Kind::Contacts)[0].birth_date,
        "1981-03-05"
    );
}

/// A workbook whose list names one sheet so many times.
fn sheets(count: usize, sheet: &str) -> Vec<u8> {
    let mut book = String::from(r#"<workbook xmlns:r="r"><sheets>"#);
    for n in 0..count {
        write!(book, r#"<sheet name="{n}" r:id="rId1"/>"#).unwrap();
    }
    book.push_str("</sheets></workbook>");
    let relations = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    archive(&[
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[test]
fn very_many_sheets_are_refused() {
    let blank = "<worksheet><sheetData><row r=\"1\"/></sheetData></worksheet>";
    let refused = refusal(sheets(200_000, blank), "a.xlsx", Kind::Contacts);
    assert!(refused.contains("sheets"), "{refused}");
    assert!(refusal(sheets(900, blank), "a.xlsx", Kind::Contacts).contains("no rows"));
}

#[test]
fn shared_texts_without_end_are_refused() {
    let text = "ж".repeat(30_000);
    let many = vec![text.as_str(); 2_400];
    let refused = refusal(workbook("", &many), "a.xlsx", Kind::Contacts);
    assert!(refused.contains("sharedStrings"), "{refused}");
}

#[test]
fn what_is_called_a_workbook_and_is_none_is_told() {
    let biff = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on";
    assert!(refusal(biff.to_vec(), "a.xlsx", Kind::Contacts).contains("old Excel"));
    let inner = archive(&[("xl/workbook.xml", b"<workbook/>")]);
    assert!(refusal(archive(&[("книга.xlsx", &inner)]), "a.xlsx", Kind::Contacts).contains("ZIP archive"));
    assert!(refusal("ФИО\nСоколов\n", "a.xlsx", Kind::Contacts).contains("CSV"));
    let mapping = Mapping {
        sheet: "Нет такого".into(),
        ..Mapping::guess(Kind::Contacts, &[])
    };
    let book = workbook(r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row>"#, &["ФИО"]);
    let Err(refused) = open_with(book, "a.xlsx", Kind::Contacts, Some(mapping)) else {
        panic!("there is no such sheet")
    };
    assert!(refused.0.russian().contains("нет видимого листа"));
}

#[test]
fn utf16_that_ends_in_the_middle_of_a_sign_is_told() {
    let mut bytes: Vec<u8> = "ФИО;Телефон\nСоколов Пётр;+79161234567\nГусева"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    bytes.push(0x04);
    let told = reasons(bytes, Kind::Contacts);
    assert_eq!(told[0], None);
    assert!(told[1].is_some(), "{told:?}");
}
