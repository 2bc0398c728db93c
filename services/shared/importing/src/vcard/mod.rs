//! vCard 2.1, 3.0 and 4.0: cards off a stream, as rows of a table with fixed columns.

mod card;
mod property;

use std::{
    io::{BufRead as _, BufReader, Read, Seek, SeekFrom},
    ops::ControlFlow,
};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::{
    Reason, Refused,
    encoding::{Found, Recoded},
    limits,
    table::{RawRow, Taker},
};
use card::Card;

/// Columns a card is read into; several values of one are on lines of their own.
pub const COLUMNS: [&str; 22] = [
    "UID",
    "FN",
    "N.family",
    "N.given",
    "N.additional",
    "TEL",
    "EMAIL",
    "ORG",
    "TITLE",
    "BDAY",
    "GENDER",
    "ADR",
    "NOTE",
    "URL",
    "CATEGORIES",
    "IMPP",
    // A birthday without its year.
    "Birthday",
    // Which of the numbers and addresses the card calls so.
    "TEL.mobile",
    "TEL.work",
    "TEL.home",
    "EMAIL.work",
    "EMAIL.home",
];

/// Longest line that is kept; pictures are longer and not wanted.
const LINE_BYTES: usize = 64 * 1024;

/// Reads the cards from the start, one by one.
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

fn read(input: &mut dyn Read, encoding: &'static Encoding, take: &mut Taker<'_>) -> std::io::Result<()> {
    let mut lines = Lines {
        input: BufReader::new(input),
        line: 0,
    };
    let mut card: Option<Card> = None;
    let mut give = |row: RawRow| take(row) == ControlFlow::Break(());
    let mut line = Vec::new();
    // A property may go on in the next line; it is complete when that begins otherwise.
    let mut property: Option<Vec<u8>> = None;
    loop {
        let more = lines.next(&mut line)?;
        if let Some(pending) = property.as_mut().filter(|_| more) {
            let folded = matches!(line.first(), Some(b' ' | b'\t'));
            if folded || property::goes_on(pending) {
                let rest = if folded { &line[1..] } else { &line[..] };
                if property::goes_on(pending) {
                    pending.pop();
                }
                let room = LINE_BYTES.saturating_sub(pending.len());
                pending.extend_from_slice(&rest[..rest.len().min(room)]);
                continue;
            }
        }
        if let Some(whole) = property.take() {
            let word = property::name(&whole);
            if word.eq_ignore_ascii_case("BEGIN") {
                if card.take().is_some_and(|open| give(open.unended())) {
                    return Ok(());
                }
                card = Some(Card::new(lines.line - 1, encoding));
            } else if word.eq_ignore_ascii_case("END") {
                if card.take().is_some_and(|done| give(done.row())) {
                    return Ok(());
                }
            } else if let Some(open) = &mut card {
                open.add(&whole);
            } else if !whole.iter().all(u8::is_ascii_whitespace) && give(stray(lines.line - 1, &whole)) {
                return Ok(());
            }
        }
        if !more {
            if let Some(open) = card {
                give(open.unended());
            }
            return Ok(());
        }
        property = Some(std::mem::take(&mut line));
    }
}

fn stray(line: u64, bytes: &[u8]) -> RawRow {
    let kept = &bytes[..bytes.len().min(limits::HEADER_CHARS)];
    RawRow {
        line,
        broken: Some(Reason::NotACard),
        cells: vec![Ok(String::from_utf8_lossy(kept).replace('\0', ""))],
    }
}

struct Lines<'a> {
    input: BufReader<&'a mut dyn Read>,
    line: u64,
}

impl Lines<'_> {
    /// The next line without its end, cut at its bound; false at the end.
    fn next(&mut self, into: &mut Vec<u8>) -> std::io::Result<bool> {
        into.clear();
        let mut any = false;
        self.line += 1;
        loop {
            let ready = self.input.fill_buf()?;
            if ready.is_empty() {
                break;
            }
            any = true;
            let end = ready.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let piece = &ready[..end.unwrap_or(ready.len())];
            let room = LINE_BYTES.saturating_sub(into.len());
            into.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = piece.len();
            self.input.consume(used);
            if end.is_some() {
                self.pass_end()?;
                break;
            }
        }
        Ok(any)
    }

    /// Passes the end of a line: LF, CR LF, the lone CR of old Macs, or the several CR that some programs put before a LF.
    fn pass_end(&mut self) -> std::io::Result<()> {
        loop {
            match self.input.fill_buf()?.first() {
                Some(b'\r') => self.input.consume(1),
                Some(b'\n') => {
                    self.input.consume(1);
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
    }
}
