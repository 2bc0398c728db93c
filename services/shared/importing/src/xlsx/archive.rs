//! The ZIP archive: its directory looked at before it is trusted.

use std::io::{self, Read, Seek, SeekFrom};

use zip::{ZipArchive, result::ZipError};

use super::counted::{Counted, TOO_LARGE};
use crate::{Reason, Refused, limits};

/// An archive with a sensible directory.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
}

/// Longest comment after the directory, and the record before it.
const END_BYTES: u64 = 65_535 + 22;

/// An error of reading a part, for people.
pub(super) fn refused(error: &io::Error) -> Refused {
    let text = error.to_string();
    match text.strip_prefix(TOO_LARGE) {
        Some(part) => Refused(Reason::Bomb(part.trim_start_matches(": ").to_owned())),
        None => Refused(Reason::Damaged(text)),
    }
}

impl<R: Read + Seek> Archive<R> {
    pub(super) fn open(mut input: R) -> Result<Self, Refused> {
        let unreadable = |error: io::Error| Refused(Reason::Unreadable(error.to_string()));
        let size = input.seek(SeekFrom::End(0)).map_err(unreadable)?;
        if size > limits::WORKBOOK_BYTES {
            return Err(Refused(Reason::Bomb(format!("{size} bytes"))));
        }
        let parts = announced(&mut input, size).map_err(unreadable)?;
        if parts.is_none_or(|parts| parts > limits::WORKBOOK_PARTS) {
            return Err(Refused(match parts {
                None => Reason::Damaged("the archive has no directory".to_owned()),
                Some(parts) => Reason::Bomb(format!("{parts} parts")),
            }));
        }
        let zip = ZipArchive::new(input).map_err(|error| damaged(&error))?;
        Ok(Self { zip })
    }

    pub(super) fn has(&self, part: &str) -> bool {
        self.zip.index_for_name(part).is_some()
    }

    /// A part, inflated as it is read and counted while it is.
    pub(super) fn part(&mut self, name: &str, most: u64) -> Result<Counted<impl Read + '_>, Refused> {
        let part = self.zip.by_name(name).map_err(|error| damaged(&error))?;
        let stored = part.compressed_size();
        let sensible = most.min((stored.saturating_mul(limits::RATIO)).max(limits::RATIO_FROM_BYTES));
        if part.size() > sensible {
            return Err(Refused(Reason::Bomb(format!("{name}, {} bytes", part.size()))));
        }
        Ok(Counted::new(part, name, sensible))
    }
}

fn damaged(error: &ZipError) -> Refused {
    Refused(match error {
        ZipError::FileNotFound => Reason::NotImportable {
            is: "a ZIP archive".to_owned(),
        },
        error => Reason::Damaged(error.to_string()),
    })
}

/// How many parts the record at the end announces; `None` when there is no such record.
fn announced(input: &mut (impl Read + Seek), size: u64) -> io::Result<Option<u64>> {
    let tail = size.min(END_BYTES);
    input.seek(SeekFrom::Start(size - tail))?;
    let mut bytes = Vec::new();
    input.by_ref().take(tail).read_to_end(&mut bytes)?;
    input.seek(SeekFrom::Start(0))?;
    let found = bytes
        .windows(22)
        .rev()
        .find(|window| window.starts_with(b"PK\x05\x06"));
    // 65 535 stands for "see the larger record": no workbook has so many.
    Ok(found.map(|end| u64::from(u16::from_le_bytes([end[10], end[11]]))))
}
