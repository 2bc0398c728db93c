//! What people said about pairs of records of a file.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use edina_identity::engine::Rulings;

/// Reads `record_a,record_b,answer` with `same` or `different`.
pub(super) fn read(path: &Path, ids: &[String]) -> anyhow::Result<Rulings<u32>> {
    let places: HashMap<&str, u32> = (0u32..).zip(ids).map(|(at, id)| (id.as_str(), at)).collect();
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let mut ruled = Rulings::default();
    for row in reader.records() {
        let row = row.with_context(|| path.display().to_string())?;
        let line = row.position().map_or(0, csv::Position::line);
        let place = |column: usize| {
            let id = row.get(column).unwrap_or_default();
            let found = places.get(id).copied();
            found.with_context(|| format!("{} line {line}: no record {id:?} in the file", path.display()))
        };
        let pair = (place(0)?, place(1)?);
        match row.get(2) {
            Some("same") => ruled.together.push(pair),
            Some("different") => ruled.apart.push(pair),
            other => bail!(
                "{} line {line}: the answer is same or different, not {:?}",
                path.display(),
                other.unwrap_or_default()
            ),
        }
    }
    Ok(ruled)
}
