//! Tables that mean harm end in reasons, and what is held stays small.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use edina_importing::{ImportFile, Kind, Reason};

use crate::support::{refusal, rows, settings};

/// A file as long as wanted that is nowhere: a header, then the same row for ever.
struct Endless {
    head: Vec<u8>,
    row: Vec<u8>,
    size: u64,
    at: u64,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let head = self.head.len() as u64;
        let mut count = 0;
        while count < into.len() && self.at < self.size {
            let (source, from) = if self.at < head {
                (&self.head, self.at)
            } else {
                (&self.row, (self.at - head) % self.row.len() as u64)
            };
            let rest = &source[usize::try_from(from).unwrap()..];
            let room = rest
                .len()
                .min(into.len() - count)
                .min(usize::try_from(self.size - self.at).unwrap());
            into[count..count + room].copy_from_slice(&rest[..room]);
            count += room;
            self.at += room as u64;
        }
        Ok(count)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.size.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

fn outcomes(head: &str, row: &[u8], size: u64) -> (u64, Vec<Reason>) {
    let endless = Endless {
        head: head.into(),
        row: row.into(),
        size,
        at: 0,
    };
    let mut file = ImportFile::open(endless, "a.csv", Kind::Contacts, None, settings()).unwrap();
    let mut good = 0;
    let mut bad = Vec::new();
    file.visit(0, &mut |row| {
        match row.outcome {
            Ok(_) => good += 1,
            Err(rejected) => bad.push(rejected.reason),
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    (good, bad)
}

#[test]
fn a_row_without_end_is_one_reason() {
    let (good, bad) = outcomes("ФИО;Телефон\nИванов;1234567\n", b"xxxxxxxxxxxxxxxx", 40 << 20);
    assert_eq!(good, 1);
    assert_eq!(bad, [Reason::LongRecord(1 << 20)]);
    let (good, bad) = outcomes("ФИО;Телефон\nИванов;1234567\n\"", b"xxxxxxxxxxxxxxxx", 40 << 20);
    assert_eq!((good, bad.len()), (1, 1));
}

#[test]
fn a_cell_of_ten_megabytes_costs_its_row() {
    let mut text = String::from("ФИО;Телефон\nИванов;1234567\n");
    text.push_str(&"x".repeat(10 << 20));
    text.push_str(";1\nПетров;7654321\n");
    let rows = rows(text, "a.csv", Kind::Contacts);
    assert_eq!(
        rows.iter().map(|row| row.outcome.is_ok()).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(rows[2].line, 4);
}

#[test]
fn a_million_columns_are_told() {
    let mut text = String::from("ФИО;Телефон\n");
    text.push_str(&"a;".repeat(400_000));
    text.push_str("\nПетров;7654321\n");
    let found = rows(text, "a.csv", Kind::Contacts);
    assert!(matches!(
        found[0].outcome.as_ref().unwrap_err().reason,
        Reason::WideRow { columns: 400_001, .. }
    ));
    assert!(found[1].outcome.is_ok());
    // The second is longer than any record may be, too.
    for columns in [5_000, 1_000_000] {
        let header = format!("{}ФИО\nПетров\n", "a;".repeat(columns));
        assert!(
            refusal(header, "a.csv", Kind::Contacts).contains("columns"),
            "{columns}"
        );
    }
}
