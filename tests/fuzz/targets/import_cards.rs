//! vCard files in any encoding.
#![no_main]

use std::{io::Cursor, ops::ControlFlow};

use edina_importing::{ImportFile, Kind, Settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = [b"BEGIN:VCARD\r\n", bytes].concat();
    let settings = Settings {
        branch_id: "b".to_owned(),
        department: String::new(),
        zone: chrono_tz::Europe::Moscow,
    };
    let Ok(mut file) = ImportFile::open(Cursor::new(content), "a.vcf", Kind::Vcard, None, settings) else {
        return;
    };
    let mut lines = 0;
    let _ = file.visit(0, &mut |row| {
        assert!(row.line >= lines && row.cells.len() <= edina_importing::vcard::COLUMNS.len());
        lines = row.line;
        if let Ok(record) = row.outcome {
            assert!(record.phones.len() <= edina_importing::limits::VALUES);
        }
        ControlFlow::Continue(())
    });
});
