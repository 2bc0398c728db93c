//! The shapes of file as one: rows, and the header among the first of them.

use std::{
    io::{Read, Seek},
    ops::ControlFlow,
};

use crate::{
    Mapping, Reason, Refused, csv,
    encoding::Found,
    format::Format,
    html, limits,
    table::{RawRow, Taker},
    vcard,
    xlsx::Book,
};

/// Where the rows begin, and what their cells are called.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// Rows that end with the names of columns.
    pub(super) rows: u64,
    /// Whether any of the names is known.
    pub(super) known: bool,
}

/// A file with its layout.
pub(super) enum Source<R: Read + Seek> {
    Csv { input: R, layout: csv::Layout },
    Xlsx { book: Box<Book<R>>, sheet: String },
    Vcard { input: R, found: Found },
    Html { input: R, found: Found },
}

impl<R: Read + Seek> Source<R> {
    /// Opens a workbook and chooses the sheet on which most column names are known.
    pub(super) fn xlsx(
        input: R,
        mapping: Option<&Mapping>,
        names: &dyn Fn(&RawRow) -> usize,
    ) -> Result<Self, Refused> {
        let mut book = Book::open(input)?;
        let wanted = mapping
            .map(|mapping| mapping.sheet.clone())
            .filter(|sheet| !sheet.is_empty());
        let sheets: Vec<String> = match wanted {
            Some(sheet) => vec![sheet],
            None => book
                .sheets()
                .take(limits::SHEETS_LOOKED_AT)
                .map(str::to_owned)
                .collect(),
        };
        let mut best: Option<(usize, String)> = None;
        for sheet in sheets {
            let mut rows = 0;
            let mut found = 0;
            book.visit(&sheet, &mut |row| {
                found = found.max(names(&row));
                rows += 1;
                if rows >= limits::HEADER_ROWS {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
            if best.as_ref().is_none_or(|(most, _)| found > *most) {
                best = Some((found, sheet));
            }
        }
        let sheet = best.map(|(_, sheet)| sheet).unwrap_or_default();
        book.check(&sheet)?;
        Ok(Self::Xlsx {
            book: Box::new(book),
            sheet,
        })
    }

    pub(super) fn visit(&mut self, take: &mut Taker<'_>) -> Result<(), Refused> {
        match self {
            Self::Csv { input, layout } => csv::visit(input, *layout, take),
            Self::Xlsx { book, sheet } => book.visit(sheet, take),
            Self::Vcard { input, found } => vcard::visit(input, *found, take),
            Self::Html { input, found } => html::visit(input, *found, take),
        }
    }

    /// The row most of whose cells are known names of columns; where none is, the first of the fullest.
    pub(super) fn header(&mut self, names: &dyn Fn(&RawRow) -> usize) -> Result<Header, Refused> {
        if matches!(self, Self::Vcard { .. }) {
            return Ok(Header {
                names: vcard::COLUMNS.map(str::to_owned).to_vec(),
                rows: 0,
                known: true,
            });
        }
        let mut rows: Vec<RawRow> = Vec::new();
        self.visit(&mut |row| {
            rows.push(row);
            if rows.len() as u64 >= limits::HEADER_ROWS {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        if rows.is_empty() {
            // A page without a table.
            if let Self::Html { .. } = self {
                let is = Format::Html.named().to_owned();
                return Err(Refused(Reason::NotImportable { is }));
            }
            return Err(Refused(Reason::Empty));
        }
        let mut best = (0, 0);
        for (at, row) in rows.iter().enumerate() {
            let found = names(row);
            if found > best.0 {
                best = (found, at);
            }
        }
        let (found, mut at) = best;
        if found == 0 {
            let wide = |row: &RawRow| matches!(row.broken, Some(Reason::WideRow { .. }));
            if rows.iter().any(wide) {
                return Err(Refused(Reason::WideHeader(limits::COLUMNS)));
            }
            let filled = |row: &RawRow| row.cells.iter().flatten().filter(|text| !text.is_empty()).count();
            let whole = rows.iter().enumerate().filter(|(_, row)| row.broken.is_none());
            // The first of the fullest: `max_by_key` answers the last.
            at = whole
                .rev()
                .max_by_key(|(_, row)| filled(row))
                .map_or(0, |(at, _)| at);
        }
        let Some(row) = rows.get(at) else {
            return Err(Refused(Reason::Empty));
        };
        match &row.broken {
            Some(_) if found > 0 => return Err(Refused(Reason::WideHeader(limits::COLUMNS))),
            Some(reason) => return Err(Refused(reason.clone())),
            None => {}
        }
        let mut headers: Vec<String> = row
            .texts()
            .iter()
            .map(|text| text.chars().take(limits::HEADER_CHARS).collect())
            .collect();
        while headers.last().is_some_and(String::is_empty) {
            headers.pop();
        }
        Ok(Header {
            names: headers,
            rows: at as u64 + 1,
            known: found > 0,
        })
    }
}
