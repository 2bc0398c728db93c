//! Tables of separated values: rows off a stream, holding one record at a time.

mod delimiter;
mod split;

use std::{
    io::{Read, Seek, SeekFrom},
    ops::ControlFlow,
};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::{
    Reason, Refused,
    encoding::{self, Found, Recoded},
    limits,
    table::{RawRow, Taker},
};
use split::{Cells, Step};

pub use delimiter::find as find_delimiter;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub encoding: Found,
    pub delimiter: u8,
}

const CHUNK: usize = 64 * 1024;

/// Reads the table from its start, row by row; blank rows are left out.
pub fn visit<R: Read + Seek>(input: &mut R, layout: Layout, take: &mut Taker<'_>) -> Result<(), Refused> {
    let unreadable = |error: std::io::Error| Refused(Reason::Unreadable(error.to_string()));
    input
        .seek(SeekFrom::Start(layout.encoding.mark))
        .map_err(unreadable)?;
    let encoding = layout.encoding.encoding;
    let outcome = if encoding == UTF_16LE || encoding == UTF_16BE {
        read(
            &mut Recoded::new(input, encoding),
            encoding,
            layout.delimiter,
            take,
        )
    } else {
        read(input, encoding, layout.delimiter, take)
    };
    outcome.map_err(unreadable)
}

/// The bytes read ahead, at most a record and a chunk.
struct Window<'a> {
    input: &'a mut dyn Read,
    bytes: Vec<u8>,
    at: usize,
    ended: bool,
    /// Line the front stands in.
    line: u64,
}

impl Window<'_> {
    fn front(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    fn more(&mut self) -> std::io::Result<()> {
        if self.at > 0 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        let had = self.bytes.len();
        let count = (&mut *self.input)
            .take(CHUNK as u64)
            .read_to_end(&mut self.bytes)?;
        self.ended = count < CHUNK;
        debug_assert_eq!(self.bytes.len(), had + count);
        Ok(())
    }

    fn pass(&mut self, count: usize) {
        let passed = &self.bytes[self.at..self.at + count];
        self.line += lines_in(passed);
        self.at += count;
    }

    /// Passes the line at the front, however it ends; its text is lost beyond the bound.
    fn pass_line(&mut self) -> std::io::Result<Vec<u8>> {
        let mut kept = Vec::new();
        loop {
            let front = self.front();
            let end = front.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            if end.is_some_and(|end| front[end] == b'\r' && end + 1 == front.len()) && !self.ended {
                // Whether a line feed belongs to it is not there yet.
                self.more()?;
                continue;
            }
            let length = end.map_or(front.len(), |end| {
                end + 1 + usize::from(front[end..].starts_with(b"\r\n"))
            });
            let room = limits::CELL_CHARS.saturating_sub(kept.len());
            kept.extend_from_slice(&front[..length.min(room)]);
            self.pass(length);
            if end.is_some() || self.ended {
                return Ok(kept);
            }
            self.more()?;
        }
    }
}

/// Line ends: LF, CR LF, and the lone CR of old Macs.
fn lines_in(bytes: &[u8]) -> u64 {
    let mut lines = 0;
    let mut previous = 0;
    for byte in bytes {
        if *byte == b'\n' || previous == b'\r' {
            lines += 1;
        }
        previous = *byte;
    }
    lines + u64::from(previous == b'\r')
}

fn read(
    input: &mut dyn Read,
    encoding: &'static Encoding,
    delimiter: u8,
    take: &mut Taker<'_>,
) -> std::io::Result<()> {
    let mut window = Window {
        input,
        bytes: Vec::with_capacity(CHUNK * 2),
        at: 0,
        ended: false,
        line: 1,
    };
    let mut cells = Cells::default();
    window.more()?;
    while !(window.ended && window.front().is_empty()) {
        let line = window.line;
        let step = split::record(window.front(), delimiter, window.ended, &mut cells);
        let row = match step {
            Step::More if window.front().len() < limits::RECORD_BYTES => {
                window.more()?;
                continue;
            }
            Step::Record(size) => {
                window.pass(size);
                if size <= limits::RECORD_BYTES {
                    decoded(line, &cells, encoding)
                } else {
                    broken(line, too_long(&cells), &[], encoding)
                }
            }
            Step::More => {
                window.pass_line()?;
                broken(line, too_long(&cells), &[], encoding)
            }
            Step::Bad(reason) => broken(line, reason, &window.pass_line()?, encoding),
        };
        if !row.is_blank() && take(row).is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// What is wrong with a record of which only the beginning was read.
fn too_long(cells: &Cells) -> Reason {
    cells
        .too_wide()
        .unwrap_or(Reason::LongRecord(limits::RECORD_BYTES))
}

fn decoded(line: u64, cells: &Cells, encoding: &'static Encoding) -> RawRow {
    RawRow {
        line,
        broken: cells.too_wide(),
        cells: cells
            .iter()
            .map(|bytes| encoding::cell(bytes, encoding))
            .collect(),
    }
}

fn broken(line: u64, reason: Reason, bytes: &[u8], encoding: &'static Encoding) -> RawRow {
    let text = encoding
        .decode_without_bom_handling(bytes)
        .0
        .trim_end()
        .replace('\0', "");
    RawRow {
        line,
        broken: Some(reason),
        cells: vec![Ok(text)],
    }
}

/// The first rows, for finding the header.
pub fn first_rows<R: Read + Seek>(input: &mut R, layout: Layout, most: u64) -> Result<Vec<RawRow>, Refused> {
    let mut rows = Vec::new();
    visit(input, layout, &mut |row| {
        rows.push(row);
        if rows.len() as u64 >= most {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(rows)
}
