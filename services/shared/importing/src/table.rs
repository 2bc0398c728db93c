//! What every reader hands out: rows of cells, each cell a text or the reason why it is none.

use std::ops::ControlFlow;

use crate::Reason;

/// A cell: its text (trimmed, possibly empty), or why it cannot be read.
pub type Cell = Result<String, Reason>;

/// A row of a table, or a place where a row should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Line of the file (row of the sheet) it begins in, from 1.
    pub line: u64,
    /// Why the row as a whole cannot be read; `cells` are then what is left of it.
    pub broken: Option<Reason>,
    pub cells: Vec<Cell>,
}

impl RawRow {
    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.broken.is_none()
            && self
                .cells
                .iter()
                .all(|cell| cell.as_ref().is_ok_and(String::is_empty))
    }

    /// The texts, for people; unreadable cells are empty.
    pub fn texts(&self) -> Vec<String> {
        self.cells
            .iter()
            .map(|cell| cell.as_ref().map_or_else(|_| String::new(), Clone::clone))
            .collect()
    }
}

/// Takes rows until it has enough.
pub type Taker<'a> = dyn FnMut(RawRow) -> ControlFlow<()> + 'a;
