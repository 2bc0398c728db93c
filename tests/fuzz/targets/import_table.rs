//! Tables of separated values in any encoding; the first byte chooses the kind.
#![no_main]

use std::{io::Cursor, ops::ControlFlow};

use edina_importing::{ImportFile, Kind, Settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, content)) = bytes.split_first() else {
        return;
    };
    let kind = Kind::ALL[usize::from(*first) % Kind::ALL.len()];
    let settings = Settings {
        branch_id: "b".to_owned(),
        department: String::new(),
        zone: chrono_tz::Europe::Moscow,
    };
    let Ok(mut file) = ImportFile::open(Cursor::new(content), "fuzz", kind, None, settings) else {
        return;
    };
    let _ = file.preview(3);
    let mut all = Vec::new();
    let seen = file.visit(0, &mut |row| {
        all.push(row);
        ControlFlow::Continue(())
    });
    assert!(
        all.windows(2)
            .all(|pair| pair[0].place + 1 == pair[1].place && pair[0].line < pair[1].line)
    );
    // From any row on it is the same file.
    let from = all.len() as u64 / 2;
    let mut rest = Vec::new();
    let again = file.visit(from, &mut |row| {
        rest.push(row);
        ControlFlow::Continue(())
    });
    assert_eq!(seen.ok(), again.ok());
    assert_eq!(&all[all.len() / 2..], &rest[..]);
});
