//! Tables of web pages under the name of an Excel file, as Bitrix24 and 1C write them.

use edina_importing::{ImportFile, Kind, Reason};
use encoding_rs::WINDOWS_1251;

use crate::support::{open, records, refusal, rows, rows_of, settings};

const PAGE: &str = "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">\r\n\
    <style>td { color: red; } <tr><td>не строка</td></tr></style></head><body><!-- <tr><td>и не эта</td></tr> -->\r\n\
    <table border=\"1\"><thead><tr><th>ID</th><th>Имя</th><th>Фамилия</th><th>Мобильный&nbsp;телефон</th><th>Комментарий</th></tr></thead>\r\n\
    <tbody><tr><td>7</td><td>Пётр</td><td>Соколов &amp; сын</td><td style=\"mso-number-format:'\\@'\">+79161234567</td><td>раз<br>два <b>три</b>\r\n  четыре</td></tr>\r\n\
    <TR><TD>8<TD>Анна<TD>Гусева<TD>7,91612E+10<TD>\r\n</TABLE></body></html>";

#[test]
fn a_page_named_xls_is_read() {
    let mut file = open(PAGE, "contacts.xls", Kind::Bitrix24).unwrap();
    let found = rows_of(&mut file);
    assert_eq!(found.len(), 2, "{found:?}");
    let first = found[0].outcome.as_ref().unwrap();
    assert_eq!(
        (first.first_name.as_str(), first.last_name.as_str()),
        ("Пётр", "Соколов & сын")
    );
    assert_eq!(
        (first.phones[0].as_str(), first.comment.as_str()),
        ("+79161234567", "раз\nдва три четыре")
    );
    let second = found[1].outcome.as_ref().unwrap_err();
    assert!(matches!(second.reason, Reason::LostDigits(_)), "{second}");
    assert_eq!((second.line, second.column.as_str()), (3, "Мобильный телефон"));
}

#[test]
fn pages_are_read_in_their_encoding_and_with_cells_that_span() {
    let page = "<table><tr><td colspan=2>Отчёт</td></tr><tr><td>ФИО</td><td>Телефон</td><td>Марка</td></tr>\
        <tr><td rowspan=2>Соколов Пётр</td><td>+79161234567</td><td>Lada</td></tr><tr><td>+79161234568</td><td>Kia</td></tr>\
        <tr><td>Гусева &#1040;нна</td><td>+79161234569</td><td></td></tr></table>";
    for bytes in [page.as_bytes().to_vec(), WINDOWS_1251.encode(page).0.into_owned()] {
        let found = records(bytes, "a.xls", Kind::Contacts);
        let told: Vec<_> = found
            .iter()
            .map(|record| (record.full_name.as_str(), record.phones[0].as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("Соколов Пётр", "+79161234567"),
                ("Соколов Пётр", "+79161234568"),
                ("Гусева Анна", "+79161234569"),
            ]
        );
    }
}

#[test]
fn pages_that_are_no_table_or_mean_harm_are_told() {
    assert!(
        refusal(
            "<!DOCTYPE html><html><body>Войдите</body></html>",
            "a.xls",
            Kind::Contacts
        )
        .contains("web page")
    );
    assert!(
        refusal(PAGE, "contacts.xlsx", Kind::Bitrix24).contains("called contacts.xlsx, but it is a web page")
    );
    assert!(
        refusal(
            "<?xml version=\"1.0\"?><Workbook><Table/></Workbook>",
            "a.xls",
            Kind::Contacts
        )
        .contains("XML")
    );
    let head = "<table><tr><td>ФИО</td><td>Телефон</td></tr>";
    let many = "<td>x".repeat(200_000);
    let long = "ж".repeat(5 << 20);
    let page = format!(
        "{head}<tr>{many}</tr><tr><td>{long}</td><td>1</td></tr>\
         <tr><td>Соколов Пётр<table><tr><td>внутри</td></tr></table></td><td>\0</td></tr>\
         <tr><td rowspan=999999 colspan=999999></td></tr></table>\
         <table><tr><td>Гусева Анна</td><td>+79161234569</td></tr><tr><td>Рыбин <img alt=\"{}\"> Олег</td></tr>",
        "y".repeat(100_000)
    );
    let found = rows(page, "a.html", Kind::Contacts);
    let reason = |at: usize| found[at].outcome.as_ref().unwrap_err().reason.clone();
    assert!(matches!(reason(0), Reason::WideRow { .. }));
    assert!(matches!(reason(1), Reason::LongCell(_)));
    assert_eq!(reason(2), Reason::Nul);
    assert_eq!(found[3].outcome.as_ref().unwrap().full_name, "Гусева Анна");
    assert_eq!(found[4].outcome.as_ref().unwrap().full_name, "Рыбин Олег");
    assert_eq!(found.len(), 5);
}

#[test]
fn a_page_without_end_is_read_in_little_memory() {
    let mut text = String::from("<table><tr><td>ФИО</td></tr><tr><td>Соколов Пётр</td></tr><tr><td ");
    text.push_str(&"a".repeat(30 << 20));
    let content = std::io::Cursor::new(text.into_bytes());
    let mut file = ImportFile::open(content, "a.xls", Kind::Contacts, None, settings()).unwrap();
    assert_eq!(rows_of(&mut file).len(), 1);
}
