//! Rows of a sheet, off its XML.

use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::{
    counted::Counted,
    formats::Formats,
    markup::{Markup, add_text, attribute, number},
    serial,
    shared::Shared,
};
use crate::{
    Reason, Refused, encoding, limits,
    table::{Cell, RawRow, Taker},
};

/// What kind of value a cell says it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Shared,
    Text,
    Boolean,
    Error,
    Date,
}

/// The cell being read.
struct Open {
    column: usize,
    kind: Type,
    format: usize,
    value: String,
    formula: bool,
    has_value: bool,
}

struct Row {
    line: u64,
    cells: Vec<Cell>,
    /// Where the next cell stands that does not say.
    next: usize,
    /// The furthest column beyond the bound, counted from one.
    beyond: usize,
}

pub(super) fn visit<R: Read>(
    part: Counted<R>,
    shared: &Shared,
    formats: &Formats,
    take: &mut Taker<'_>,
) -> Result<(), Refused> {
    let mut markup = Markup::new(part);
    let mut row = Row::at(1);
    let mut cell: Option<Open> = None;
    let mut next_line = 1;
    let (mut inside, mut aside) = (false, false);
    loop {
        match markup.next()? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "row" => {
                    let said = number(&tag, "r") as u64;
                    row = Row::at(if said == 0 { next_line } else { said });
                    next_line = row.line.saturating_add(1);
                }
                "c" => cell = Some(row.open(&tag)),
                "v" | "t" => inside = true,
                "rPh" => aside = true,
                "f" => {
                    if let Some(cell) = &mut cell {
                        cell.formula = true;
                    }
                }
                _ => {}
            },
            Event::End(tag) => match tag.local_name().as_ref() {
                "v" | "t" => {
                    inside = false;
                    if let Some(cell) = &mut cell {
                        cell.has_value = true;
                    }
                }
                "rPh" => aside = false,
                "c" => {
                    if let Some(cell) = cell.take() {
                        let at = cell.column;
                        row.put(at, cell.read(shared, formats));
                    }
                }
                "row" => {
                    let done = std::mem::replace(&mut row, Row::at(next_line)).done();
                    if !done.is_blank() && take(done).is_break() {
                        return Ok(());
                    }
                }
                "sheetData" => return Ok(()),
                _ => {}
            },
            Event::Eof => return Err(Refused(Reason::Damaged("the sheet has no end".to_owned()))),
            event => {
                if let Some(cell) = cell.as_mut().filter(|_| inside && !aside) {
                    add_text(&mut cell.value, &event);
                }
            }
        }
    }
}

impl Row {
    fn at(line: u64) -> Self {
        Self {
            line,
            cells: Vec::new(),
            next: 0,
            beyond: 0,
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Open {
        let column = attribute(tag, "r")
            .and_then(|place| column_of(&place))
            .unwrap_or(self.next);
        self.next = column.saturating_add(1);
        let kind = match attribute(tag, "t").as_deref() {
            Some("s") => Type::Shared,
            Some("str" | "inlineStr") => Type::Text,
            Some("b") => Type::Boolean,
            Some("e") => Type::Error,
            Some("d") => Type::Date,
            _ => Type::Number,
        };
        Open {
            column,
            kind,
            format: number(tag, "s"),
            value: String::new(),
            formula: false,
            has_value: false,
        }
    }

    fn put(&mut self, column: usize, cell: Cell) {
        let empty = cell.as_ref().is_ok_and(String::is_empty);
        if column >= limits::COLUMNS {
            // Formatted but empty cells go on for ever in some exports.
            if !empty {
                self.beyond = self.beyond.max(column.saturating_add(1));
            }
            return;
        }
        if self.cells.len() <= column {
            if empty {
                return;
            }
            self.cells.resize(column + 1, Ok(String::new()));
        }
        self.cells[column] = cell;
    }

    fn done(self) -> RawRow {
        RawRow {
            line: self.line,
            broken: (self.beyond > 0).then_some(Reason::WideRow {
                columns: self.beyond,
                most: limits::COLUMNS,
            }),
            cells: self.cells,
        }
    }
}

impl Open {
    fn read(self, shared: &Shared, formats: &Formats) -> Cell {
        if self.formula && !self.has_value {
            return Err(Reason::FormulaWithoutValue);
        }
        if self.value.contains('\0') {
            return Err(Reason::Nul);
        }
        match self.kind {
            Type::Shared if self.has_value => shared.cell(&self.value),
            Type::Shared => Ok(String::new()),
            Type::Text => encoding::bounded(&unescaped(&self.value)),
            Type::Boolean => Ok((if self.value.trim() == "1" {
                "да"
            } else {
                "нет"
            })
            .to_owned()),
            Type::Error => Err(Reason::ErrorValue(self.value.trim().chars().take(40).collect())),
            Type::Date => encoding::bounded(&self.value),
            Type::Number if formats.is_date(self.format) => serial::date(&self.value, formats.since_1904),
            Type::Number => serial::number(&self.value),
        }
    }
}

/// `_x000D_` and its kin, by which workbooks write signs XML cannot hold.
fn unescaped(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains("_x000D_") || text.contains("_x000d_") {
        text.replace("_x000D_", "").replace("_x000d_", "").into()
    } else {
        text.into()
    }
}

/// `B5` is column 1; nothing for what names no column.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic).take(8);
    let mut column = 0_usize;
    for letter in letters {
        let digit = usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        column = column.checked_mul(26)?.checked_add(digit)?;
    }
    column.checked_sub(1)
}
