//! `edina identity score`: clusters, ours or another program's, against the truth.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::figures;
use crate::up::say;

pub(super) fn run(clusters: &Path, truth: &Path, relations: Option<&Path>) -> anyhow::Result<()> {
    let found: HashMap<String, String> = columns(clusters, ["record_id", "cluster_id"])?
        .into_iter()
        .map(|[record, cluster]| (record, cluster))
        .collect();
    let (mut cards, mut owners) = (Vec::new(), Vec::new());
    let (mut card_numbers, mut owner_numbers) = (HashMap::new(), HashMap::new());
    for [record, owner] in columns(truth, ["record_id", "entity_id"])? {
        // A record without a cluster is one of its own.
        let cluster = found.get(&record).cloned().unwrap_or(format!("alone {record}"));
        let next = u32::try_from(card_numbers.len())?;
        cards.push(*card_numbers.entry(cluster).or_insert(next));
        let next = owner_numbers.len();
        owners.push(*owner_numbers.entry(owner).or_insert(next));
    }
    say(&figures::of(&cards, &owners).to_string());
    let Some(relations) = relations else { return Ok(()) };
    let rows = columns(relations, ["entity_a", "entity_b", "kind"])?;
    let pairs: Vec<figures::Relation<'_>> = rows
        .iter()
        .filter_map(|[a, b, kind]| Some((*owner_numbers.get(a)?, *owner_numbers.get(b)?, kind.as_str())))
        .collect();
    for (kind, merged, pairs) in figures::traps(&cards, &owners, &pairs) {
        say(&format!("{kind}: {merged} of {pairs} merged"));
    }
    Ok(())
}

/// Named columns of a CSV file, in that order.
fn columns<const N: usize>(path: &Path, names: [&str; N]) -> anyhow::Result<Vec<[String; N]>> {
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    let header = reader.headers()?.clone();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(names) {
        let Some(at) = header
            .iter()
            .position(|h| h.trim_start_matches('\u{feff}') == name)
        else {
            bail!("{}: no column {name}", path.display());
        };
        *place = at;
    }
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.with_context(|| path.display().to_string())?;
        rows.push(places.map(|at| row.get(at).unwrap_or_default().to_owned()));
    }
    Ok(rows)
}
