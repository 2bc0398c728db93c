//! Workbooks: whole archives, or the XML of a sheet inside of a good one.
#![no_main]

use std::{
    io::{Cursor, Write as _},
    ops::ControlFlow,
};

use edina_importing::{ImportFile, Kind, Settings};
use libfuzzer_sys::fuzz_target;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const WORKBOOK: &[u8] = br#"<workbook><sheets><sheet name="A" r:id="1"/></sheets></workbook>"#;
const RELATIONS: &[u8] = br#"<R><Relationship Id="1" Type="/worksheet" Target="s.xml"/>
<Relationship Id="2" Type="/sharedStrings" Target="t.xml"/><Relationship Id="3" Type="/styles" Target="f.xml"/></R>"#;
const HEADER: &[u8] =
    "<sheetData><row><c t=\"str\"><v>ФИО</v></c><c t=\"str\"><v>Телефон</v></c></row>".as_bytes();

/// The bytes as three parts, cut at zero bytes: sheet, texts, formats.
fn wrapped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let sheet = [HEADER, parts.next()?].concat();
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/s.xml", &sheet),
        ("xl/t.xml", parts.next().unwrap_or_default()),
        ("xl/f.xml", parts.next().unwrap_or_default()),
    ] {
        zip.start_file(name, options).ok()?;
        zip.write_all(content).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}

fuzz_target!(|bytes: &[u8]| {
    let content = if bytes.starts_with(b"PK") {
        Some(bytes.to_vec())
    } else {
        wrapped(bytes)
    };
    let settings = Settings {
        branch_id: "b".to_owned(),
        department: String::new(),
        zone: chrono_tz::Europe::Moscow,
    };
    let Some(content) = content else { return };
    if let Ok(mut file) = ImportFile::open(Cursor::new(content), "a.xlsx", Kind::Contacts, None, settings) {
        let _ = file.visit(0, &mut |row| {
            assert!(row.cells.len() <= edina_importing::limits::COLUMNS);
            ControlFlow::Continue(())
        });
    }
});
