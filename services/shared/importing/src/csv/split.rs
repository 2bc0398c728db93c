//! One record off the front of a window of bytes.

use crate::{Reason, limits};

/// The cells of a record, reused from one record to the next.
#[derive(Debug, Default)]
pub(super) struct Cells {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Cells beyond the bound; counted, not kept.
    beyond: usize,
}

impl Cells {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.beyond = 0;
    }

    fn end(&mut self) {
        if self.ends.len() < limits::COLUMNS {
            self.ends.push(self.bytes.len());
        } else {
            self.beyond += 1;
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }

    /// That there are more than a table may have, if so.
    pub(super) fn too_wide(&self) -> Option<Reason> {
        (self.beyond > 0).then_some(Reason::WideRow {
            columns: limits::COLUMNS + self.beyond,
            most: limits::COLUMNS,
        })
    }

    fn start(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(self.ends.iter())
            .map(|(start, end)| &self.bytes[start..*end])
    }
}

/// What stands at the front of the window.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A record, its size with the line end.
    Record(usize),
    /// The window ends within the record.
    More,
    /// No record; go on after its first line, if the window holds that.
    Bad(Reason),
}

/// Reads one record. `ended`: nothing comes after the window.
pub(super) fn record(window: &[u8], delimiter: u8, ended: bool, cells: &mut Cells) -> Step {
    cells.clear();
    let mut at = 0;
    loop {
        if window.get(at) == Some(&b'"') {
            match quoted(window, at + 1, delimiter, ended, cells) {
                Ok(next) => at = next,
                Err(step) => return step,
            }
        }
        let rest = &window[at..];
        let length = rest
            .iter()
            .position(|byte| *byte == delimiter || *byte == b'\n' || *byte == b'\r');
        let Some(length) = length else {
            if !ended {
                return Step::More;
            }
            cells.bytes.extend_from_slice(rest);
            cells.end();
            return Step::Record(window.len());
        };
        cells.bytes.extend_from_slice(&rest[..length]);
        cells.end();
        at += length;
        match window[at] {
            b'\n' => return Step::Record(at + 1),
            b'\r' => match window.get(at + 1) {
                Some(b'\n') => return Step::Record(at + 2),
                Some(_) => return Step::Record(at + 1),
                None if ended => return Step::Record(at + 1),
                None => return Step::More,
            },
            _ => at += 1,
        }
    }
}

/// The inside of a quoted cell into `cells`; answers where the bytes after it begin.
fn quoted(window: &[u8], from: usize, delimiter: u8, ended: bool, cells: &mut Cells) -> Result<usize, Step> {
    let start = cells.start();
    let mut at = from;
    let mut lines = false;
    loop {
        let Some(length) = window[at..].iter().position(|byte| *byte == b'"') else {
            return Err(if ended {
                Step::Bad(Reason::OpenQuote)
            } else {
                Step::More
            });
        };
        let piece = &window[at..at + length];
        lines = lines || piece.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
        cells.bytes.extend_from_slice(piece);
        at += length + 1;
        match window.get(at) {
            Some(b'"') => {
                cells.bytes.push(b'"');
                at += 1;
            }
            None if !ended => return Err(Step::More),
            None => return Ok(at),
            Some(byte) if *byte == delimiter || *byte == b'\n' || *byte == b'\r' => return Ok(at),
            // Over several lines it is another cell's quotation mark, and the one before was never closed.
            Some(_) if lines => return Err(Step::Bad(Reason::OpenQuote)),
            // `"Ромашка" ООО`: written by hand; the marks are part of the text.
            Some(_) => {
                cells.bytes.insert(start, b'"');
                cells.bytes.push(b'"');
                return Ok(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Step, Vec<String>) {
        let mut cells = Cells::default();
        let step = record(text.as_bytes(), b';', true, &mut cells);
        let cells = cells
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).into_owned());
        (step, cells.collect())
    }

    #[test]
    fn cells_come_out_as_they_were_meant() {
        assert_eq!(read("a;b\r\nc"), (Step::Record(5), vec!["a".into(), "b".into()]));
        assert_eq!(read("\"a;\"\"b\nc\";d\n").1, ["a;\"b\nc", "d"]);
        assert_eq!(read("\"Ромашка\" ООО;1\n").1, ["\"Ромашка\" ООО", "1"]);
        assert_eq!(read(";\n").1, ["", ""]);
    }

    #[test]
    fn a_quotation_mark_left_open_takes_no_further_line() {
        assert_eq!(read("\"a;b\nc;\"d\"\n").0, Step::Bad(Reason::OpenQuote));
        assert_eq!(read("\"a;b\nc;d\n").0, Step::Bad(Reason::OpenQuote));
        assert_eq!(read("\"a;b\rc;\"d\"\r").0, Step::Bad(Reason::OpenQuote));
    }
}
