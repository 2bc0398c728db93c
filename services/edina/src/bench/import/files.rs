//! The rows as the systems they come from give them out: a file of sales, one of repair orders, one of contacts.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::bench::identity::{made::Made, writing};

/// A file to be imported.
pub(super) struct Written {
    pub(super) kind: &'static str,
    pub(super) path: PathBuf,
    pub(super) rows: usize,
}

/// Which file a source's rows go to.
fn kind(source: &str) -> &'static str {
    match source {
        "sales_dms" => "sales-dms",
        "service_dms" => "service-dms",
        _ => "contacts",
    }
}

/// Names of columns as the import knows them; where a row came from is the file's to say.
fn header(column: &'static str) -> &'static str {
    match column {
        "phone2" => "mobile phone",
        "car_model" => "model",
        "source" => "made in",
        column => column,
    }
}

pub(super) fn write(made: &Made, folder: &Path) -> anyhow::Result<Vec<Written>> {
    ["sales-dms", "service-dms", "contacts"]
        .into_iter()
        .map(|of| {
            let path = folder.join(format!("{of}.csv"));
            let mut file =
                csv::Writer::from_path(&path).with_context(|| format!("cannot write {}", path.display()))?;
            file.write_record(writing::COLUMNS.map(header))?;
            let mut rows = 0;
            for row in made
                .rows
                .iter()
                .filter(|row| row.get(1).is_some_and(|source| kind(source) == of))
            {
                file.write_record(row)?;
                rows += 1;
            }
            file.flush()?;
            Ok(Written { kind: of, path, rows })
        })
        .filter(|written| !matches!(written, Ok(Written { rows: 0, .. })))
        .collect()
}
