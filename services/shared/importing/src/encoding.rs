//! Which encoding a file is in, and its bytes as text.
//!
//! One-byte encodings and UTF-8 keep ASCII where it is, so tables are cut into cells as bytes and decoded cell by cell:
//! one damaged or foreign cell costs its row, not the file. UTF-16 is recoded on the way in.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{CoderResult, Decoder, Encoding, IBM866, KOI8_R, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251};

use crate::{Reason, Refused, limits, table::Cell};

/// A found encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub encoding: &'static Encoding,
    /// Bytes of the mark at the start.
    pub mark: u64,
}

/// Looks at the mark, at the start, and at what follows the first byte that is not ASCII.
pub fn find(input: &mut (impl Read + Seek)) -> Result<Found, Refused> {
    let unreadable = |error: io::Error| Refused(Reason::Unreadable(error.to_string()));
    input.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    read_up_to(input, &mut bytes, limits::SNIFFED_BYTES).map_err(unreadable)?;
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let mark = mark as u64;
        return Ok(Found { encoding, mark });
    }
    if let Some(encoding) = wide(&bytes) {
        return Ok(Found { encoding, mark: 0 });
    }
    while !bytes.is_empty() && bytes.is_ascii() {
        bytes.clear();
        read_up_to(input, &mut bytes, limits::SNIFFED_BYTES).map_err(unreadable)?;
    }
    let encoding = narrow(&bytes);
    Ok(Found { encoding, mark: 0 })
}

fn read_up_to(input: &mut impl Read, into: &mut Vec<u8>, most: usize) -> io::Result<usize> {
    input.by_ref().take(most as u64).read_to_end(into)
}

/// The start of a file as text, whatever it is.
pub fn sniffed_text(head: &[u8]) -> String {
    let encoding = Encoding::for_bom(head)
        .map(|(encoding, _)| encoding)
        .or_else(|| wide(head))
        .unwrap_or_else(|| narrow(head));
    encoding.decode(head).0.into_owned()
}

/// UTF-16 without a mark: among the first characters one byte of two is zero, and always the same.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(1024)];
    if head.len() < 4 {
        return None;
    }
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    // Cyrillic has 4 where ASCII has 0; delimiters and digits are enough to tell.
    match (zeros(0), zeros(1)) {
        (0, some) if some * 10 >= head.len() / 2 => Some(UTF_16LE),
        (some, 0) if some * 10 >= head.len() / 2 => Some(UTF_16BE),
        _ => None,
    }
}

/// UTF-8 when most lines that can tell say so, else the one-byte encoding that reads most like Russian.
fn narrow(bytes: &[u8]) -> &'static Encoding {
    let (mut for_it, mut against) = (0_usize, 0_usize);
    // The piece may begin and end within a character.
    let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
    let whole = lines.filter(|line| !line.is_ascii());
    for line in whole {
        match std::str::from_utf8(line) {
            Ok(_) => for_it += 1,
            Err(error) if error.error_len().is_none() && error.valid_up_to() + 4 > line.len() => {}
            Err(_) => against += 1,
        }
    }
    if for_it >= against {
        return UTF_8;
    }
    [WINDOWS_1251, KOI8_R, IBM866]
        .into_iter()
        .map(|encoding| (russian(&encoding.decode_without_bom_handling(bytes).0), encoding))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map_or(WINDOWS_1251, |(_, encoding)| encoding)
}

/// Frequent letters speak for, a capital after a small letter and anything that is no letter against.
fn russian(text: &str) -> i64 {
    let mut score = 0_i64;
    let mut after_small = false;
    for c in text.chars() {
        let small = matches!(c, 'а'..='я' | 'ё');
        score += match c {
            'о' | 'е' | 'а' | 'и' | 'н' | 'т' | 'с' | 'р' | 'в' | 'л' => 3,
            'О' | 'Е' | 'А' | 'И' | 'Н' | 'Т' | 'С' | 'Р' | 'В' | 'Л' if !after_small => 2,
            'А'..='Я' | 'Ё' if after_small => -4,
            'А'..='Я' | 'Ё' | '№' | '«' | '»' | '–' | '—' | '\u{a0}' => 0,
            _ if small => 1,
            _ if c.is_ascii() => 0,
            _ => -3,
        };
        after_small = small;
    }
    score
}

/// The text of a cell, trimmed, or why it is none.
pub fn cell(bytes: &[u8], encoding: &'static Encoding) -> Cell {
    if bytes.contains(&0) {
        return Err(Reason::Nul);
    }
    if bytes.is_ascii() {
        return bounded(&String::from_utf8_lossy(bytes));
    }
    let as_utf8 = std::str::from_utf8(bytes);
    if encoding == UTF_8 || encoding == UTF_16LE || encoding == UTF_16BE {
        return match as_utf8 {
            Ok(text) if text.contains('\u{fffd}') => Err(Reason::BrokenText),
            Ok(text) => bounded(text),
            Err(_) => Err(Reason::Mixed {
                file: encoding.name().to_owned(),
                cell: narrow(bytes).name().to_owned(),
            }),
        };
    }
    // Two Cyrillic letters in UTF-8 are two capitals each followed by a sign in any of the one-byte encodings.
    if as_utf8.is_ok_and(|text| {
        text.chars()
            .filter(|c| matches!(c, '\u{400}'..='\u{4ff}'))
            .count()
            >= 2
    }) {
        return Err(Reason::Mixed {
            file: encoding.name().to_owned(),
            cell: UTF_8.name().to_owned(),
        });
    }
    bounded(&encoding.decode_without_bom_handling(bytes).0)
}

/// The text if it is not too long.
pub fn bounded(text: &str) -> Cell {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.len() > limits::CELL_CHARS && text.chars().count() > limits::CELL_CHARS {
        return Err(Reason::LongCell(limits::CELL_CHARS));
    }
    Ok(text.to_owned())
}

/// UTF-16 as UTF-8, with U+FFFD for what is no character.
pub struct Recoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
    ended: bool,
}

const CHUNK: usize = 16 * 1024;

impl<R: Read> Recoded<R> {
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; CHUNK],
            ready: Vec::new(),
            given: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let count = self.inner.read(&mut self.raw)?;
        self.ended = count == 0;
        self.ready.resize(CHUNK * 3 + 16, 0);
        let (result, _, written, _) =
            self.decoder
                .decode_to_utf8(&self.raw[..count], &mut self.ready, self.ended);
        self.ready.truncate(written);
        self.given = 0;
        match result {
            CoderResult::InputEmpty => Ok(()),
            CoderResult::OutputFull => Err(io::Error::other("a piece of UTF-16 grew beyond its bound")),
        }
    }
}

impl<R: Read> Read for Recoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.ended {
            self.refill()?;
        }
        let left = &self.ready[self.given..];
        let count = left.len().min(into.len());
        into[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(count)
    }
}
