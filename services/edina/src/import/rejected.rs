//! The file of rejected rows: line, column, reason, and the cells as they were, ready to be mended and imported.

use std::{
    collections::HashSet,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use edina_importing::{Mapping, Part, ReadRow};
use edina_proto::registry::v1::ResolvedRecord;

use crate::language::Language;

/// Names of the first columns, by language.
fn own(language: Language) -> [&'static str; 3] {
    match language {
        Language::En => ["line", "column", "reason"],
        Language::Ru => ["строка", "столбец", "причина"],
    }
}

/// Written as rows are rejected; made with the first of them.
pub(super) struct RejectedRows {
    path: PathBuf,
    mapping: Mapping,
    language: Language,
    writer: Option<csv::Writer<BufWriter<File>>>,
    /// Lines that are in the file.
    lines: HashSet<u64>,
}

impl RejectedRows {
    /// `going_on`: keep what an import that was cut off has written.
    pub(super) fn open(
        path: PathBuf,
        mapping: Mapping,
        language: Language,
        going_on: bool,
    ) -> anyhow::Result<Self> {
        let mut rejected = Self {
            path,
            mapping,
            language,
            writer: None,
            lines: HashSet::new(),
        };
        if rejected.path.exists() {
            // One that a crash left empty or with half a header is ours, too.
            let old = std::fs::read(&rejected.path).ok();
            let ours = old.is_some_and(|old| {
                let mut headers = [Language::Ru, Language::En]
                    .map(|language| own(language).join(","))
                    .into_iter();
                headers
                    .any(|header| old.starts_with(header.as_bytes()) || header.as_bytes().starts_with(&old))
            });
            anyhow::ensure!(
                ours,
                "{} is no file of rejected rows and stays as it is: name another one with --rejected",
                rejected.path.display()
            );
            if going_on {
                rejected.keep()?;
            } else {
                std::fs::remove_file(&rejected.path).with_context(|| rejected.path.display().to_string())?;
            }
        }
        Ok(rejected)
    }

    /// Writes the whole rows of the file there is anew: its last one may be cut.
    fn keep(&mut self) -> anyhow::Result<()> {
        let mut rows = Vec::new();
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&self.path)?;
        let width = own(self.language).len() + self.mapping.columns.len();
        for row in reader.records() {
            let Ok(row) = row else { break };
            let line = row.get(0).and_then(|line| line.parse::<u64>().ok());
            if let (Some(line), true) = (line, row.len() >= width) {
                self.lines.insert(line);
                rows.push(row);
            }
        }
        std::fs::remove_file(&self.path)?;
        for row in rows {
            self.writer()?.write_record(&row)?;
        }
        self.flush()
    }

    /// Rows that were left out; see [`Part::left_out`].
    pub(super) fn add(&mut self, part: Part<'_>, answers: &[ResolvedRecord]) -> anyhow::Result<()> {
        let mapping = self.mapping.clone();
        for left in part.left_out(answers, &mapping) {
            let reason = match self.language {
                Language::Ru => &left.russian,
                Language::En => &left.english,
            };
            self.put(left.row, left.field, reason)?;
        }
        self.flush()
    }

    /// How many are in the file.
    pub(super) fn count(&self) -> u64 {
        self.lines.len() as u64
    }

    fn put(&mut self, row: &ReadRow, column: &str, reason: &str) -> anyhow::Result<()> {
        if !self.lines.insert(row.line) {
            return Ok(());
        }
        let line = row.line.to_string();
        let width = self.mapping.columns.len().max(row.cells.len());
        let cells = row
            .cells
            .iter()
            .map(String::as_str)
            .chain(std::iter::repeat(""))
            .take(width);
        let all: Vec<&str> = [line.as_str(), column, reason].into_iter().chain(cells).collect();
        self.writer()?.write_record(all)?;
        Ok(())
    }

    fn writer(&mut self) -> anyhow::Result<&mut csv::Writer<BufWriter<File>>> {
        if self.writer.is_none() {
            let file = create(&self.path).with_context(|| self.path.display().to_string())?;
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .from_writer(BufWriter::new(file));
            let columns = self.mapping.columns.iter().map(|column| column.column.as_str());
            writer.write_record(own(self.language).into_iter().chain(columns))?;
            self.writer = Some(writer);
        }
        self.writer
            .as_mut()
            .context("the file of rejected rows was just made")
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        if let Some(writer) = &mut self.writer {
            writer.flush()?;
        }
        Ok(())
    }

    /// Ends the file; answers what to say of it, if there is anything.
    pub(super) fn close(mut self, counted: u64) -> anyhow::Result<Option<String>> {
        self.flush()?;
        let written = self.count();
        let mut note = (written > 0).then(|| format!("rejected rows: {}", self.path.display()));
        if counted > written {
            let missing = counted - written;
            note = Some(format!(
                "{}{missing} rejected rows are counted and not in the file: the import was cut off as they were answered",
                note.map(|note| format!("{note}; ")).unwrap_or_default()
            ));
        }
        Ok(note)
    }
}

/// For its owner's eyes only: it holds what the input holds.
fn create(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}
