//! A CSV file of records, read and made comparable.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, bail};
use edina_identity::columns::Schema;
use edina_identity::engine::Base;
use edina_identity::{Home, normalise};

/// Odd lines that are told one by one.
const MOST_TOLD: usize = 10;

/// The records of a file by their names there, in its order.
pub(super) struct Records {
    pub(super) ids: Vec<String>,
    pub(super) base: Base,
}

/// Reads the file. Every row is a record, also one with fewer cells than the header or more, or with bytes that are no
/// letters: whoever asks wants to hear of each. What is odd is told.
pub(super) fn read(path: &Path, schema: Schema) -> anyhow::Result<Records> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let text = |row: &csv::ByteRecord| {
        let mut row = csv::StringRecord::from_byte_record_lossy(row.clone());
        row.trim();
        row
    };
    let header = text(reader.byte_headers()?);
    let column = |name: &str| {
        header
            .iter()
            .position(|h| h.trim_start_matches('\u{feff}') == name)
    };
    let Some(id_column) = column(schema.id_column()) else {
        bail!("{}: no column {}", path.display(), schema.id_column());
    };
    let home = Home::default();
    let (mut ids, mut base) = (Vec::new(), Base::default());
    let (mut known, mut odd) = (HashSet::new(), Vec::new());
    for row in reader.into_byte_records() {
        let row = text(&row.with_context(|| path.display().to_string())?);
        let line = row.position().map_or(0, csv::Position::line);
        if row.len() != header.len() {
            odd.push(format!(
                "line {line}: {} cells, the header has {}",
                row.len(),
                header.len()
            ));
        }
        let cell = |name: &str| column(name).and_then(|at| row.get(at));
        let record = schema.record(|name| cell(name).filter(|v| !v.is_empty()).map(str::to_owned));
        let id = row.get(id_column).unwrap_or_default().to_owned();
        if !known.insert(id.clone()) {
            odd.push(format!("line {line}: {id:?} stands there before"));
        }
        ids.push(id);
        base.add(&normalise(&record, &home));
    }
    for one in odd.iter().take(MOST_TOLD) {
        crate::tell(format_args!("{}, {one}", path.display()));
    }
    if odd.len() > MOST_TOLD {
        crate::tell(format_args!(
            "{}: {} more such lines",
            path.display(),
            odd.len() - MOST_TOLD
        ));
    }
    Ok(Records { ids, base })
}
