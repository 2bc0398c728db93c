//! The made-up group: its rows in the order of time, the truth, and both as files.

use std::path::Path;

use anyhow::Context as _;
use edina_identity::columns::Schema;

use super::{people, writing};
use crate::{demo::dice::Dice, up::say};

/// Records a client has, on average, times ten.
const RECORDS_OF_A_CLIENT: usize = 28;

/// Everything that was made up.
pub(in crate::bench) struct Made {
    /// Cells in the order of [`writing::COLUMNS`].
    pub(in crate::bench) rows: Vec<Vec<String>>,
    /// Whose each row is.
    pub(in crate::bench) owners: Vec<usize>,
    pub(in crate::bench) relations: Vec<people::Relation>,
}

/// The rows of a seed, in the order of time.
pub(in crate::bench) fn make(seed: u64, records: usize, hard: bool) -> Made {
    let mut dice = Dice::new(seed, 20);
    let (clients, relations) = people::population(&mut dice, (records * 10 / RECORDS_OF_A_CLIENT).max(1));
    let mut rows: Vec<(Vec<String>, usize)> = Vec::new();
    for (owner, client) in clients.iter().enumerate() {
        let mut day = dice.between(0, 3500);
        for _ in 0..[1, 1, 1, 2, 2, 3, 3, 4, 5, 6][dice.below(10)] {
            rows.push((writing::record(&mut dice, client, day, hard), owner));
            day += dice.between(1, 400);
        }
    }
    let created = writing::COLUMNS
        .iter()
        .position(|c| *c == "created_at")
        .unwrap_or_default();
    rows.sort_by(|(a, _), (b, _)| a.get(created).cmp(&b.get(created)));
    let (mut rows, owners): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    for (number, row) in rows.iter_mut().enumerate() {
        if let Some(id) = row.first_mut() {
            *id = format!("R{number:07}");
        }
    }
    Made {
        rows,
        owners,
        relations,
    }
}

pub(in crate::bench) fn read(row: &[String]) -> edina_identity::RecordInput {
    Schema::Dealership.record(|column| {
        let at = writing::COLUMNS.iter().position(|c| *c == column)?;
        row.get(at)
            .map(|cell| cell.trim().to_owned())
            .filter(|cell| !cell.is_empty())
    })
}

/// `records.csv`, `truth.csv` and `relations.csv`.
pub(in crate::bench) fn store(made: &Made, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let open = |name: &str| {
        let path = folder.join(name);
        csv::Writer::from_path(&path).with_context(|| format!("cannot write {}", path.display()))
    };
    let mut records = open("records.csv")?;
    records.write_record(writing::COLUMNS)?;
    let mut truth = open("truth.csv")?;
    truth.write_record(["record_id", "entity_id"])?;
    for (row, owner) in made.rows.iter().zip(&made.owners) {
        records.write_record(row)?;
        let id = row.first().map_or("", String::as_str);
        truth.write_record([id, &format!("E{owner:07}")])?;
    }
    let mut relations = open("relations.csv")?;
    relations.write_record(["entity_a", "entity_b", "kind"])?;
    for (a, b, kind) in &made.relations {
        let (a, b) = (format!("E{a:07}"), format!("E{b:07}"));
        relations.write_record([a.as_str(), b.as_str(), kind])?;
    }
    records.flush()?;
    truth.flush()?;
    relations.flush()?;
    say(&format!("{} records in {}", made.rows.len(), folder.display()));
    Ok(())
}
