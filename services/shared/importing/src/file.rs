//! A file opened for import: what it is, how it is laid out, and its rows.

mod source;

use std::{
    io::{self, Read, Seek, SeekFrom},
    ops::ControlFlow,
};

use edina_proto::registry::v1::SourceRecord;
use sha2::{Digest as _, Sha256};

use source::{Header, Source};

use crate::{
    Mapping, Reason, Refused, Rejected, Settings, csv, encoding,
    format::{self, Format},
    kind::Kind,
    record::Builder,
    table::RawRow,
};

/// A row as it was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRow {
    /// Its place among the rows below the header, from 0: where to go on.
    pub place: u64,
    /// Its line in the file (row of the sheet), from 1.
    pub line: u64,
    /// Its cells as text, for the file of rejected rows.
    pub cells: Vec<String>,
    pub outcome: Result<SourceRecord, Rejected>,
}

/// An opened file.
pub struct ImportFile<R: Read + Seek> {
    source: Source<R>,
    pub(crate) mapping: Mapping,
    settings: Settings,
    /// Rows above the first row of data that are not blank.
    skipped: u64,
    /// Why its rows cannot be imported with this mapping.
    pub(crate) problem: Option<Reason>,
}

impl<R: Read + Seek> ImportFile<R> {
    /// Finds out all there is to know before the first row; refuses what cannot be imported as a whole.
    ///
    /// `name` is the file's own, which must not promise another format. Without a mapping, or with one that names only a
    /// sheet, it is guessed by the names of columns.
    pub fn open(
        input: R,
        name: &str,
        kind: Kind,
        mapping: Option<Mapping>,
        settings: Settings,
    ) -> Result<Self, Refused> {
        let mut opened = Self::look(input, name, kind, mapping, settings)?;
        match opened.problem.take() {
            Some(reason) => Err(Refused(reason)),
            None => Ok(opened),
        }
    }

    /// As [`open`](Self::open), for showing: a file none of whose columns is known is opened, too, so that somebody can
    /// say what they are; [`problem`](Self::problem) tells why it cannot be imported as it is.
    pub fn look(
        mut input: R,
        name: &str,
        kind: Kind,
        mapping: Option<Mapping>,
        settings: Settings,
    ) -> Result<Self, Refused> {
        let format = format::recognise(&mut input, name)?;
        if !kind.comes_as(format) {
            return Err(Refused(Reason::WrongKind {
                kind: kind.to_string(),
                is: format.named().to_owned(),
            }));
        }
        let given = mapping.as_ref().filter(|mapping| !mapping.columns.is_empty());
        let names = |row: &RawRow| match given {
            Some(mapping) => mapping.names_in(row),
            None => row
                .cells
                .iter()
                .flatten()
                .filter(|text| kind.field_of(text).is_some())
                .count(),
        };
        let mut source = match format {
            Format::Csv => {
                let encoding = encoding::find(&mut input)?;
                let delimiter = csv::find_delimiter(&mut input, encoding, &names)?;
                let layout = csv::Layout { encoding, delimiter };
                Source::Csv { input, layout }
            }
            Format::Xlsx => Source::xlsx(input, mapping.as_ref(), &names)?,
            Format::Html => {
                let found = encoding::find(&mut input)?;
                Source::Html { input, found }
            }
            Format::Vcard => {
                let found = encoding::find(&mut input)?;
                Source::Vcard { input, found }
            }
        };
        let Header {
            names: headers,
            rows: skipped,
            known,
        } = source.header(&names)?;
        let unknown = (!known).then(|| Reason::NoHeader {
            known: kind.examples(),
        });
        let mut mapping = match (given, &unknown) {
            (Some(_), Some(reason)) => return Err(Refused(reason.clone())),
            (Some(mapping), None) => Mapping {
                kind,
                ..mapping.applied(&headers)?
            },
            (None, _) => Mapping::guess(kind, &headers),
        };
        if let Source::Xlsx { sheet, .. } = &source {
            mapping.sheet.clone_from(sheet);
        }
        let problem = unknown.or_else(|| mapping.check().err().map(|refused| refused.0));
        Ok(Self {
            source,
            mapping,
            settings,
            skipped,
            problem,
        })
    }

    /// Why its rows cannot be imported with this mapping; none when they can.
    pub fn problem(&self) -> Option<&Reason> {
        self.problem.as_ref()
    }

    /// The mapping the rows are read by.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Names of the columns.
    pub fn headers(&self) -> Vec<String> {
        self.mapping
            .columns
            .iter()
            .map(|column| column.column.clone())
            .collect()
    }

    pub(crate) fn format(&self) -> Format {
        match &self.source {
            Source::Csv { .. } => Format::Csv,
            Source::Xlsx { .. } => Format::Xlsx,
            Source::Vcard { .. } => Format::Vcard,
            Source::Html { .. } => Format::Html,
        }
    }

    /// Encoding, delimiter, and sheets, as far as the format has them.
    pub(crate) fn layout(&self) -> (String, String, Vec<String>) {
        match &self.source {
            Source::Csv { layout, .. } => {
                let delimiter = char::from(layout.delimiter).to_string();
                (layout.encoding.encoding.name().to_owned(), delimiter, Vec::new())
            }
            Source::Xlsx { book, .. } => (
                String::new(),
                String::new(),
                book.sheets().map(str::to_owned).collect(),
            ),
            Source::Vcard { found, .. } | Source::Html { found, .. } => {
                (found.encoding.name().to_owned(), String::new(), Vec::new())
            }
        }
    }

    /// Hands out the rows from the place `from` on, until `take` has enough. Answers how many rows were seen, those
    /// before `from` included: all the file has, if `take` did not stop.
    pub fn visit(
        &mut self,
        from: u64,
        take: &mut dyn FnMut(ReadRow) -> ControlFlow<()>,
    ) -> Result<u64, Refused> {
        let Self {
            source,
            mapping,
            settings,
            skipped,
            ..
        } = self;
        let checked = matches!(source, Source::Csv { .. });
        let builder = Builder { mapping, settings };
        let mut seen = 0_u64;
        source.visit(&mut |row| {
            let place = seen;
            seen += 1;
            if place < skipped.saturating_add(from) {
                return ControlFlow::Continue(());
            }
            take(understood(row, place - *skipped, &builder, checked))
        })?;
        Ok(seen.saturating_sub(*skipped))
    }
}

/// The record of a row, or why there is none.
fn understood(row: RawRow, place: u64, builder: &Builder<'_>, csv: bool) -> ReadRow {
    let columns = &builder.mapping.columns;
    let wide = row
        .cells
        .iter()
        .skip(columns.len())
        .any(|cell| cell != &Ok(String::new()));
    let whole = if let Some(reason) = row.broken.clone() {
        Err((None, reason))
    } else if wide {
        Err((
            None,
            Reason::WideRow {
                columns: row.cells.len(),
                most: columns.len(),
            },
        ))
    } else if csv && row.cells.len() == 1 && columns.len() > 3 {
        Err((None, Reason::LoneCell(columns.len())))
    } else if builder.mapping.is_header(&row.cells) {
        Err((None, Reason::HeaderAgain))
    } else {
        builder.record(&row.cells)
    };
    ReadRow {
        place,
        line: row.line,
        cells: row.texts(),
        outcome: whole.map_err(|(at, reason)| Rejected {
            line: row.line,
            column: at
                .and_then(|at| columns.get(at))
                .map(|column| column.column.clone())
                .unwrap_or_default(),
            reason,
        }),
    }
}

/// What makes an import the same as another: content, kind, mapping and branch. SHA-256 in hex.
pub fn key(mut content: impl Read + Seek, mapping: &Mapping, settings: &Settings) -> io::Result<String> {
    let mut hash = Sha256::new();
    content.seek(SeekFrom::Start(0))?;
    io::copy(&mut content, &mut hash)?;
    for part in [
        mapping.kind.name(),
        &mapping.to_json(),
        &settings.branch_id,
        &settings.department,
    ] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Ok(hex(hash))
}

/// The key of an import that is one of its own though its file was imported before: a trial, or after a taking back.
pub fn salted(key: &str, salt: &str) -> String {
    hex(Sha256::new().chain_update(key).chain_update(salt))
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
