//! Excel workbooks: rows off the sheet's XML, with shared texts and formats held beside it.
//!
//! Written on a ZIP and an XML reader instead of a workbook library, since every bound has to hold *while* a part is
//! inflated: the directory is checked before the archive is opened, each part is counted as it is read, and one piece
//! of XML may not outgrow [`limits::XML_EVENT_BYTES`](crate::limits::XML_EVENT_BYTES).

mod archive;
mod counted;
mod formats;
mod markup;
mod serial;
mod shared;
mod sheet;
mod workbook;

use std::io::{Read, Seek};

use crate::{Reason, Refused, limits, table::Taker};
use archive::Archive;
use formats::Formats;
use shared::Shared;

/// An opened workbook: its directory checked, its texts and formats read.
pub struct Book<R: Read + Seek> {
    archive: Archive<R>,
    sheets: Vec<workbook::Sheet>,
    shared: Shared,
    formats: Formats,
}

impl<R: Read + Seek> Book<R> {
    /// Opens; refuses archives that are no workbook, are damaged, or unpack to more than is sensible.
    pub fn open(input: R) -> Result<Self, Refused> {
        let mut archive = Archive::open(input)?;
        let workbook = workbook::read(&mut archive)?;
        let shared = match &workbook.shared {
            Some(part) => Shared::read(archive.part(part, limits::SHARED_BYTES)?)?,
            None => Shared::default(),
        };
        let formats = match &workbook.styles {
            Some(part) => Formats::read(archive.part(part, limits::SMALL_PART_BYTES)?, workbook.since_1904)?,
            None => Formats::none(workbook.since_1904),
        };
        Ok(Self {
            archive,
            sheets: workbook.sheets,
            shared,
            formats,
        })
    }

    /// Names of the visible sheets.
    pub fn sheets(&self) -> impl Iterator<Item = &str> {
        self.sheets.iter().map(|sheet| sheet.name.as_str())
    }

    /// Inflates a sheet once, to the end and its checksum.
    pub fn check(&mut self, sheet: &str) -> Result<(), Refused> {
        let part = self.part_of(sheet)?;
        std::io::copy(
            &mut self.archive.part(&part, limits::SHEET_BYTES)?,
            &mut std::io::sink(),
        )
        .map(drop)
        .map_err(|error| archive::refused(&error))
    }

    /// Reads a sheet row by row; blank rows are left out.
    pub fn visit(&mut self, sheet: &str, take: &mut Taker<'_>) -> Result<(), Refused> {
        let part = self.part_of(sheet)?;
        let part = self.archive.part(&part, limits::SHEET_BYTES)?;
        sheet::visit(part, &self.shared, &self.formats, take)
    }

    fn part_of(&self, sheet: &str) -> Result<String, Refused> {
        let found = self.sheets.iter().find(|known| known.name == sheet);
        found
            .map(|sheet| sheet.part.clone())
            .ok_or_else(|| Refused(Reason::NoSuchSheet(sheet.to_owned())))
    }
}
