//! Tables of web pages: what Bitrix24, 1C and others call an Excel file and name `.xls`. Rows off a stream, holding one at a
//! time.
//!
//! Only the rows of outermost tables are rows; a table within a cell is its text. A cell that spans rows stands in each of
//! them, one that spans columns in the first. `text` shows what a cell says.

mod text;

use std::{
    io::{BufRead as _, BufReader, Read, Seek, SeekFrom},
    ops::ControlFlow,
};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::{
    Reason, Refused,
    encoding::{self, Found, Recoded},
    limits,
    table::{Cell, RawRow, Taker},
};

/// Bytes kept of a cell: more than its bound, so that a longer one is told.
const CELL_BYTES: usize = (limits::CELL_CHARS + 1) * 4;
/// Bytes kept of a tag; a longer one is a picture or a style.
const TAG_BYTES: usize = 4096;
/// Rows that a cell spans at most.
const MOST_SPANNED: usize = 100_000;

/// Reads the rows from the start, one by one; blank ones are left out.
pub fn visit<R: Read + Seek>(input: &mut R, found: Found, take: &mut Taker<'_>) -> Result<(), Refused> {
    let unreadable = |error: std::io::Error| Refused(Reason::Unreadable(error.to_string()));
    input.seek(SeekFrom::Start(found.mark)).map_err(unreadable)?;
    let encoding = found.encoding;
    let outcome = if encoding == UTF_16LE || encoding == UTF_16BE {
        read(&mut Recoded::new(input, encoding), encoding, take)
    } else {
        read(input, encoding, take)
    };
    outcome.map_err(unreadable)
}

/// A cell being read.
struct Open {
    bytes: Vec<u8>,
    columns: usize,
    rows: usize,
}

/// A cell that stands in rows to come.
struct Spanning {
    rows: usize,
    cell: Cell,
}

struct Table<'a, 'b> {
    encoding: &'static Encoding,
    take: &'a mut Taker<'b>,
    /// Tables one within another.
    depth: usize,
    line: u64,
    row: Option<Vec<Cell>>,
    cell: Option<Open>,
    /// By column.
    spanning: Vec<Option<Spanning>>,
    beyond: usize,
}

fn read(input: &mut dyn Read, encoding: &'static Encoding, take: &mut Taker<'_>) -> std::io::Result<()> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let mut table = Table {
        encoding,
        take,
        depth: 0,
        line: 0,
        row: None,
        cell: None,
        spanning: Vec::new(),
        beyond: 0,
    };
    let mut piece = Vec::new();
    loop {
        let more = until(&mut input, b"<", &mut piece, CELL_BYTES)?;
        table.text(&piece);
        if !more {
            // The end of the page ends its last row.
            let _ = table.end_row();
            return Ok(());
        }
        if input.fill_buf()?.starts_with(b"!--") {
            until(&mut input, b"-->", &mut piece, 0)?;
            continue;
        }
        if !until(&mut input, b">", &mut piece, TAG_BYTES)? {
            let _ = table.end_row();
            return Ok(());
        }
        let name = name_of(&piece);
        if matches!(name.as_str(), "script" | "style") && !piece.ends_with(b"/") {
            let end = format!("</{name}");
            until(&mut input, end.as_bytes(), &mut piece, 0)?;
            until(&mut input, b">", &mut piece, 0)?;
            continue;
        }
        if table.tag(&name, &piece).is_break() {
            return Ok(());
        }
    }
}

/// What comes before `end`; passes the end, and answers whether there was one. Of what comes before a single sign `most` bytes
/// are kept; before a word, whose letters may be of any case, nothing is.
fn until(
    input: &mut BufReader<&mut dyn Read>,
    end: &[u8],
    into: &mut Vec<u8>,
    most: usize,
) -> std::io::Result<bool> {
    into.clear();
    // The last bytes passed, as many as the end has.
    let mut last: Vec<u8> = Vec::with_capacity(end.len() + 1);
    loop {
        let ready = input.fill_buf()?;
        if ready.is_empty() {
            return Ok(false);
        }
        if let [end] = end {
            let at = ready.iter().position(|byte| byte == end);
            let piece = &ready[..at.unwrap_or(ready.len())];
            let room = most.saturating_sub(into.len());
            into.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = piece.len() + usize::from(at.is_some());
            input.consume(used);
            if at.is_some() {
                return Ok(true);
            }
            continue;
        }
        let mut used = 0;
        let mut ended = false;
        for byte in ready {
            used += 1;
            last.push(*byte);
            if last.len() > end.len() {
                last.remove(0);
            }
            if last.eq_ignore_ascii_case(end) {
                ended = true;
                break;
            }
        }
        input.consume(used);
        if ended {
            return Ok(true);
        }
    }
}

/// The name of a tag in lower case, `/` before that of one that ends.
fn name_of(tag: &[u8]) -> String {
    let end = tag.iter().skip(1).position(|byte| !byte.is_ascii_alphanumeric());
    let name = &tag[..end.map_or(tag.len(), |end| end + 1).min(16)];
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

/// A number in an attribute; one when it has none.
fn span(tag: &[u8], name: &str, most: usize) -> usize {
    let text = String::from_utf8_lossy(tag).to_ascii_lowercase();
    let value = text
        .split_once(name)
        .and_then(|(_, rest)| rest.trim_start().strip_prefix('='))
        .map(|rest| rest.trim_start().trim_start_matches(['"', '\'']));
    let digits: String = value
        .unwrap_or_default()
        .chars()
        .take_while(char::is_ascii_digit)
        .take(6)
        .collect();
    digits.parse().unwrap_or(1).clamp(1, most)
}

impl Table<'_, '_> {
    fn text(&mut self, bytes: &[u8]) {
        if let Some(cell) = &mut self.cell {
            let room = CELL_BYTES.saturating_sub(cell.bytes.len());
            let plain = bytes.iter().take(room).map(|byte| match byte {
                b'\n' | b'\r' | b'\t' => b' ',
                other => *other,
            });
            cell.bytes.extend(plain);
        }
    }

    fn tag(&mut self, name: &str, tag: &[u8]) -> ControlFlow<()> {
        match (name, self.depth) {
            ("table", 0) => self.depth = 1,
            ("table", depth) => self.depth = depth.saturating_add(1),
            ("/table", 0 | 1) => {
                self.depth = 0;
                self.spanning.clear();
                return self.end_row();
            }
            ("/table", depth) => self.depth = depth - 1,
            ("tr", 0 | 1) => {
                let ended = self.end_row();
                self.line += 1;
                self.row = Some(Vec::new());
                return ended;
            }
            ("/tr", 0 | 1) => return self.end_row(),
            ("td" | "th", 0 | 1) => {
                self.end_cell();
                self.cell = Some(Open {
                    bytes: Vec::new(),
                    columns: span(tag, "colspan", limits::COLUMNS),
                    rows: span(tag, "rowspan", MOST_SPANNED),
                });
            }
            ("/td" | "/th", 0 | 1) => self.end_cell(),
            ("br" | "/p" | "/div" | "/li" | "/tr" | "/td", _) => {
                if let Some(cell) = self.cell.as_mut().filter(|cell| cell.bytes.len() < CELL_BYTES) {
                    cell.bytes.push(b'\n');
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Cells from rows above that come next.
    fn spanned(&mut self) {
        let Some(row) = &mut self.row else { return };
        while let Some(spanning) = self.spanning.get_mut(row.len()).and_then(Option::as_mut) {
            if spanning.rows == 0 {
                break;
            }
            spanning.rows -= 1;
            row.push(spanning.cell.clone());
        }
    }

    fn end_cell(&mut self) {
        let Some(open) = self.cell.take() else { return };
        self.spanned();
        // Cells outside of a row are no table.
        let Some(row) = &mut self.row else { return };
        let cell = encoding::cell(&open.bytes, self.encoding)
            .and_then(|text| encoding::bounded(&text::plain(&text)));
        for column in 0..open.columns {
            if row.len() >= limits::COLUMNS {
                self.beyond += usize::from(cell != Ok(String::new()));
                return;
            }
            let here = if column == 0 {
                cell.clone()
            } else {
                Ok(String::new())
            };
            if open.rows > 1 {
                if self.spanning.len() <= row.len() {
                    self.spanning.resize_with(row.len() + 1, || None);
                }
                self.spanning[row.len()] = Some(Spanning {
                    rows: open.rows - 1,
                    cell: here.clone(),
                });
            }
            row.push(here);
        }
    }

    fn end_row(&mut self) -> ControlFlow<()> {
        self.end_cell();
        self.spanned();
        let beyond = std::mem::take(&mut self.beyond);
        let Some(cells) = self.row.take() else {
            return ControlFlow::Continue(());
        };
        let row = RawRow {
            line: self.line,
            broken: (beyond > 0).then_some(Reason::WideRow {
                columns: limits::COLUMNS + beyond,
                most: limits::COLUMNS,
            }),
            cells,
        };
        if row.is_blank() {
            return ControlFlow::Continue(());
        }
        (self.take)(row)
    }
}
