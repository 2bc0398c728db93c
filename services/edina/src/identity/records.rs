//! A CSV file of records, read and made comparable.

use std::path::Path;

use anyhow::{Context as _, bail};
use edina_identity::columns::Schema;
use edina_identity::engine::Base;
use edina_identity::{Home, normalise};

/// The records of a file by their names there, in its order.
pub(super) struct Records {
    pub(super) ids: Vec<String>,
    pub(super) base: Base,
}

/// Reads the file. A row that cannot be read stops it, with its line.
pub(super) fn read(path: &Path, schema: Schema) -> anyhow::Result<Records> {
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
    let (mut ids, mut base) = (Vec::new(), Base::default());
    for row in reader.into_records() {
        let row = row.with_context(|| path.display().to_string())?;
        let cell = |name: &str| column(name).and_then(|at| row.get(at));
        let record = schema.record(|name| cell(name).filter(|v| !v.is_empty()).map(str::to_owned));
        ids.push(row.get(id_column).unwrap_or_default().to_owned());
        base.add(&normalise(&record, &home));
    }
    Ok(Records { ids, base })
}
