//! Opening documents of our own, and making workbooks.

use std::{
    io::{Cursor, Write as _},
    ops::ControlFlow,
};

use edina_importing::{ImportFile, Kind, Mapping, ReadRow, Refused, Settings};
use edina_proto::registry::v1::SourceRecord;
use zip::{ZipWriter, write::SimpleFileOptions};

pub(crate) fn settings() -> Settings {
    Settings {
        branch_id: "branch-1".into(),
        department: String::new(),
        zone: chrono_tz::Europe::Moscow,
    }
}

pub(crate) type Opened = ImportFile<Cursor<Vec<u8>>>;

pub(crate) fn open(bytes: impl Into<Vec<u8>>, name: &str, kind: Kind) -> Result<Opened, Refused> {
    open_with(bytes, name, kind, None)
}

pub(crate) fn open_with(
    bytes: impl Into<Vec<u8>>,
    name: &str,
    kind: Kind,
    mapping: Option<Mapping>,
) -> Result<Opened, Refused> {
    ImportFile::open(Cursor::new(bytes.into()), name, kind, mapping, settings())
}

pub(crate) fn rows_of(file: &mut Opened) -> Vec<ReadRow> {
    let mut rows = Vec::new();
    file.visit(0, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}

pub(crate) fn rows(bytes: impl Into<Vec<u8>>, name: &str, kind: Kind) -> Vec<ReadRow> {
    rows_of(&mut open(bytes, name, kind).unwrap())
}

/// The records of a file all of whose rows are good.
pub(crate) fn records(bytes: impl Into<Vec<u8>>, name: &str, kind: Kind) -> Vec<SourceRecord> {
    rows(bytes, name, kind)
        .into_iter()
        .map(|row| row.outcome.unwrap())
        .collect()
}

/// The whole-file reason, in English.
pub(crate) fn refusal(bytes: impl Into<Vec<u8>>, name: &str, kind: Kind) -> String {
    match open(bytes, name, kind) {
        Ok(_) => panic!("{name} was taken"),
        Err(refused) => refused.to_string(),
    }
}

/// An archive of parts.
pub(crate) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns:r="r"><sheets>
<sheet name="Титул" sheetId="1" r:id="rId9" state="hidden"/><sheet name="Клиенты" sheetId="2" r:id="rId1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/>
<Relationship Id="rId3" Type="http://x/styles" Target="styles.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy"/></numFmts>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;

/// A workbook of one sheet: the XML inside of `sheetData`, and its shared texts.
pub(crate) fn workbook(sheet: &str, shared: &[&str]) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>");
    let texts: String = shared
        .iter()
        .map(|text| format!("<si><t>{text}</t></si>"))
        .collect();
    archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/sharedStrings.xml", format!("<sst>{texts}</sst>").as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}
