//! Rows that travel to the registry together.

use std::{
    io::{Read, Seek},
    ops::ControlFlow,
};

use edina_proto::registry::v1::{
    ImportRow, ImportRowsRequest, Refusal, ResolvedRecord, import_row::Content, resolved_record::Answer,
};

use crate::{ImportFile, Mapping, ReadRow, Refused};

/// Most text in a portion, bytes; a message between services is bounded at 4 MiB.
const MOST_BYTES: usize = 1 << 20;

/// Some rows of a file, one after another.
#[derive(Debug)]
pub struct Portion {
    /// Place of the first one in the file.
    pub first_row: u64,
    pub rows: Vec<ReadRow>,
}

/// A row that was left out, and why.
#[derive(Debug)]
pub struct LeftOut<'a> {
    pub row: &'a ReadRow,
    /// Name of the column; empty: the whole row.
    pub field: &'a str,
    pub english: String,
    pub russian: String,
}

/// Some rows of a portion.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    rows: &'a [ReadRow],
}

impl Portion {
    /// Up to `most` rows from the one at `from`, counted within the portion; none when there are no more.
    pub fn part(&self, from: usize, most: usize) -> Option<Part<'_>> {
        let rest = self.rows.get(from..)?;
        let rows = &rest[..rest.len().min(most)];
        (!rows.is_empty()).then_some(Part { rows })
    }

    /// All of it.
    pub fn whole(&self) -> Part<'_> {
        Part { rows: &self.rows }
    }

    /// The request that sends it.
    pub fn request(&self, import_id: &str) -> ImportRowsRequest {
        self.whole().request(import_id, self.first_row)
    }
}

impl<'a> Part<'a> {
    /// How many rows.
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(self) -> usize {
        self.rows.len()
    }

    /// Place of the first one in the file.
    pub fn first_row(self) -> u64 {
        self.rows.first().map_or(0, |row| row.place)
    }

    /// The request that sends it as the rows from `first_row` on.
    pub fn request(self, import_id: &str, first_row: u64) -> ImportRowsRequest {
        let rows = self.rows.iter().map(|row| ImportRow {
            line: row.line,
            content: Some(match &row.outcome {
                Ok(record) => Content::Record(record.clone()),
                Err(rejected) => Content::Rejected(Refusal {
                    field: rejected.column.clone(),
                    reason: rejected.reason.english(),
                    reason_ru: rejected.reason.russian(),
                }),
            }),
        });
        ImportRowsRequest {
            import_id: import_id.to_owned(),
            first_row,
            rows: rows.collect(),
        }
    }

    /// The rows that could not be read, and those the registry refused, each with the column it is about. Rows the registry
    /// had before are missing at the front of its answers.
    pub fn left_out(
        self,
        answers: &'a [ResolvedRecord],
        mapping: &'a Mapping,
    ) -> impl Iterator<Item = LeftOut<'a>> {
        let taken_before = self.rows.len().saturating_sub(answers.len());
        self.rows
            .iter()
            .enumerate()
            .filter_map(move |(at, row)| match &row.outcome {
                Err(rejected) => Some(LeftOut {
                    row,
                    field: &rejected.column,
                    english: rejected.reason.english(),
                    russian: rejected.reason.russian(),
                }),
                Ok(_) => match at
                    .checked_sub(taken_before)
                    .and_then(|at| answers.get(at))?
                    .answer
                    .as_ref()?
                {
                    Answer::Refusal(refusal) => Some(LeftOut {
                        row,
                        field: mapping.header_of(&refusal.field),
                        english: refusal.reason.clone(),
                        russian: match refusal.reason_ru.as_str() {
                            "" => refusal.reason.clone(),
                            russian => russian.to_owned(),
                        },
                    }),
                    Answer::Resolved(_) => None,
                },
            })
    }
}

impl<R: Read + Seek> ImportFile<R> {
    /// Hands out the whole file in portions of up to `most` rows. Of the rows before `from`, which the registry has, only
    /// those that cannot be read, in portions of their own: whoever keeps the rejected ones gets them all, even after an
    /// import that was cut off.
    pub fn portions(
        &mut self,
        from: u64,
        most: usize,
        give: &mut dyn FnMut(Portion) -> ControlFlow<()>,
    ) -> Result<(), Refused> {
        let mut rows: Vec<ReadRow> = Vec::with_capacity(most);
        let mut bytes = 0;
        let mut flush = |rows: &mut Vec<ReadRow>| match rows.first() {
            None => ControlFlow::Continue(()),
            Some(first) => give(Portion {
                first_row: first.place,
                rows: std::mem::take(rows),
            }),
        };
        self.visit(0, &mut |row| {
            if row.place < from && row.outcome.is_ok() {
                return ControlFlow::Continue(());
            }
            let size: usize = row.cells.iter().map(String::len).sum();
            let full = rows.len() >= most || (bytes + size > MOST_BYTES && !rows.is_empty());
            if full || row.place == from {
                bytes = 0;
                flush(&mut rows)?;
            }
            bytes += size;
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        // Whoever has enough gets no more.
        let _ = flush(&mut rows);
        Ok(())
    }
}
