//! XLSX: types of cells, dates, numbers of telephones, and sheets that mean harm.

use edina_importing::{Kind, Reason};

use crate::support::{archive, open, records, refusal, rows, workbook};

const HEADER: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>"#;
const NAMES: [&str; 4] = ["ФИО", "Телефон", "Дата рождения", "Иванов &amp; сын"];

#[test]
fn cells_of_every_type_have_the_value_a_person_sees() {
    let sheet = format!(
        r#"{HEADER}<row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3"><v>7.9161234567E10</v></c><c r="C3" s="2"><v>29650</v></c></row>
        <row r="4"><c r="A4" t="inlineStr"><is><r><t>Пётр</t></r><r><t xml:space="preserve"> Петров</t></r><rPh><t>x</t></rPh></is></c>
        <c r="B4" t="str"><f>"+7"&amp;D4</f><v>+79161234568</v></c><c r="C4" s="1"/></row>
        <row><c t="inlineStr"><is><t>Анна</t></is></c><c><v>79161234569</v></c></row>"#
    );
    let found = records(workbook(&sheet, &NAMES), "clients.xlsx", Kind::Contacts);
    assert_eq!(found[0].full_name, "Иванов & сын");
    assert_eq!(
        (found[0].phones[0].as_str(), found[0].birth_date.as_str()),
        ("79161234567", "1981-03-05")
    );
    assert_eq!(
        (found[1].full_name.as_str(), found[1].phones[0].as_str()),
        ("Пётр Петров", "+79161234568")
    );
    assert_eq!(
        (found[2].full_name.as_str(), found[2].phones[0].as_str()),
        ("Анна", "79161234569")
    );
    let preview = open(workbook(&sheet, &NAMES), "clients.xlsx", Kind::Contacts)
        .unwrap()
        .preview(1)
        .unwrap();
    assert_eq!(
        (preview.sheets, preview.mapping.sheet.as_str()),
        (vec!["Клиенты".to_owned()], "Клиенты")
    );
}

#[test]
fn cells_without_a_value_reject_their_row_with_its_line() {
    let sheet = format!(
        r##"{HEADER}<row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2"><f>D2</f></c></row>
        <row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3" t="e"><v>#N/A</v></c></row>
        <row r="4"><c r="A4" t="s"><v>99</v></c><c r="B4"><v>79161234567</v></c></row>
        <row r="5"><c r="A5" t="s"><v>3</v></c><c r="B5"><v>4.0817810099910004E19</v></c></row>
        <row r="6"><c r="A6" t="s"><v>3</v></c><c r="ZZZ6" t="s"><v>3</v></c></row>
        <row r="7"><c r="A7" t="s"><v>3</v></c><c r="B7"><v>79161234567</v></c></row>"##
    );
    let rows = rows(workbook(&sheet, &NAMES), "a.xlsx", Kind::Contacts);
    let reason = |at: usize| rows[at].outcome.as_ref().unwrap_err().reason.clone();
    assert_eq!(reason(0), Reason::FormulaWithoutValue);
    assert_eq!(reason(1), Reason::ErrorValue("#N/A".into()));
    assert!(matches!(reason(2), Reason::ErrorValue(_)));
    assert!(matches!(reason(3), Reason::LostDigits(_)));
    assert!(matches!(reason(4), Reason::WideRow { .. }));
    assert!(rows[5].outcome.is_ok());
    assert_eq!(
        rows.iter().map(|row| row.line).collect::<Vec<_>>(),
        [2, 3, 4, 5, 6, 7]
    );
}

#[test]
fn a_cell_of_ten_megabytes_costs_its_row() {
    let long = "ж".repeat(5 << 20);
    let sheet = format!(
        r#"{HEADER}<row r="2"><c r="A2" t="inlineStr"><is><t>{long}</t></is></c></row>
        <row r="3"><c r="A3" t="s"><v>3</v></c></row>"#
    );
    let rows = rows(workbook(&sheet, &NAMES), "a.xlsx", Kind::Contacts);
    assert!(matches!(
        rows[0].outcome.as_ref().unwrap_err().reason,
        Reason::LongCell(_)
    ));
    assert!(rows[1].outcome.is_ok());
}

#[test]
fn a_piece_of_xml_without_end_is_refused() {
    let sheet = format!(
        r#"{HEADER}<row r="2"><c r="A2" t="inlineStr"><is><t>{}"#,
        "x".repeat(20 << 20)
    );
    assert!(refusal(workbook(&sheet, &NAMES), "a.xlsx", Kind::Contacts).contains("more than is sensible"));
}

#[test]
fn a_sheet_that_unpacks_without_end_is_not_opened() {
    let sheet = format!("{HEADER}{}", " ".repeat(200 << 20));
    let bytes = workbook(&sheet, &NAMES);
    assert!(bytes.len() < 1 << 20);
    let refused = refusal(bytes, "a.xlsx", Kind::Contacts);
    assert!(refused.contains("more than is sensible"), "{refused}");
}

#[test]
fn a_directory_that_lies_about_sizes_is_not_believed() {
    let sheet = format!("{HEADER}{}", " ".repeat(200 << 20));
    let mut bytes = workbook(&sheet, &NAMES);
    // Uncompressed sizes of the local header and of the directory: make them small.
    let size = u32::try_from(sheet.len() + "<worksheet><sheetData></sheetData></worksheet>".len()).unwrap();
    let wanted = size.to_le_bytes();
    let mut changed = 0;
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == wanted {
            bytes[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
            changed += 1;
        }
    }
    assert!(changed >= 1);
    let refused = refusal(bytes, "a.xlsx", Kind::Contacts);
    assert!(
        refused.contains("more than is sensible") || refused.contains("damaged"),
        "{refused}"
    );
}

#[test]
fn archives_that_are_no_workbook_and_cut_ones_are_refused() {
    assert!(refusal(archive(&[("a.txt", b"hello")]), "a.xlsx", Kind::Contacts).contains("ZIP archive"));
    let whole = workbook(
        &format!(r#"{HEADER}<row r="2"><c r="A2" t="s"><v>3</v></c></row>"#),
        &NAMES,
    );
    let cut = refusal(&whole[..whole.len() - 300], "a.xlsx", Kind::Contacts);
    assert!(cut.contains("damaged"), "{cut}");
    let mut flipped = whole;
    let at = flipped.windows(9).position(|part| part == b"sheet1.xm").unwrap() + 20;
    flipped[at] ^= 0xff;
    assert!(refusal(flipped, "a.xlsx", Kind::Contacts).contains("damaged"));
}
