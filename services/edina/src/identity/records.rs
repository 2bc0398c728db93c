//! A CSV file of records, read and made comparable.

use std::path::Path;

use anyhow::{Context as _, bail};
use edina_identity::columns::Schema;
use edina_identity::engine::Base;
use edina_identity::{Home, Normalised, normalise};

/// A record of the file with its name there.
pub(super) struct Named {
    pub(super) id: String,
    pub(super) record: Normalised,
}

/// Reads the file. A row that cannot be read stops it, with its line.
pub(super) fn read(path: &Path, schema: Schema) -> anyhow::Result<Vec<Named>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let header = reader.headers()?.clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|h| h.trim_start_matches('\u{feff}') == name)
    };
    let Some(id_column) = column(schema.id_column()) else {
        bail!("{}: no column {}", path.display(), schema.id_column());
    };
    let home = Home::default();
    let mut records = Vec::new();
    for row in reader.into_records() {
        let row = row.with_context(|| path.display().to_string())?;
        let cell = |name: &str| column(name).and_then(|at| row.get(at));
        let record = schema.record(|name| cell(name).filter(|v| !v.is_empty()).map(str::to_owned));
        records.push(Named {
            id: row.get(id_column).unwrap_or_default().to_owned(),
            record: normalise(&record, &home),
        });
    }
    Ok(records)
}

/// All records in memory, ready to be clustered.
pub(super) fn base(records: &[Named]) -> Base {
    let mut base = Base::default();
    for named in records {
        base.add(&named.record);
    }
    base
}
