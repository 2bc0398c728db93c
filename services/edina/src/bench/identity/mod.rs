//! `edina bench identity`: a made-up group's dirty records with the truth beside them, and how well they are told apart.

mod figures;
mod people;
mod words;
mod writing;

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use edina_identity::columns::Schema;
use edina_identity::engine::{Base, Model, cluster::cluster, place::Arrivals, train::train};
use edina_identity::{Home, Normalised, normalise};

use crate::{cli, demo::dice::Dice, up::say};

/// Records a client has, on average, times ten.
const RECORDS_OF_A_CLIENT: usize = 23;

/// Everything that was made up.
struct Made {
    /// Cells in the order of [`writing::COLUMNS`].
    rows: Vec<Vec<String>>,
    /// Whose each row is.
    owners: Vec<usize>,
    relations: Vec<people::Relation>,
}

pub(super) fn run(arguments: &cli::Bench) -> anyhow::Result<()> {
    let made = make(
        arguments.seed,
        usize::try_from(arguments.records)?,
        arguments.hard,
    );
    if let Some(folder) = &arguments.generate {
        return store(&made, folder);
    }
    let started = Instant::now();
    let home = Home::default();
    let records: Vec<Normalised> = made.rows.iter().map(|row| normalise(&read(row), &home)).collect();
    let mut base = Base::default();
    for record in &records {
        base.add(record);
    }
    let model = train(&base, &Model::default());
    let cards = cluster(&base, &model).cards;
    let batch = started.elapsed();
    let mut arrivals = Arrivals::default();
    let started = Instant::now();
    for record in &records {
        arrivals.take(record, &model);
    }
    let online = started.elapsed();
    for (name, cards, took) in [
        ("file at once", cards.as_slice(), batch),
        ("one by one", arrivals.cards(), online),
    ] {
        let found = figures::of(cards, &made.owners);
        if arguments.json {
            say(&serde_json::to_string(&found)?);
        } else {
            say(&format!("{name:13} {found}, {:.1} s", took.as_secs_f64()));
            for (kind, merged, pairs) in figures::traps(cards, &made.owners, &made.relations) {
                say(&format!("{:13} {kind}: {merged} of {pairs} merged", ""));
            }
        }
    }
    Ok(())
}

/// The rows of a seed, in the order of time.
fn make(seed: u64, records: usize, hard: bool) -> Made {
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

fn read(row: &[String]) -> edina_identity::RecordInput {
    Schema::Dealership.record(|column| {
        let at = writing::COLUMNS.iter().position(|c| *c == column)?;
        row.get(at)
            .map(|cell| cell.trim().to_owned())
            .filter(|cell| !cell.is_empty())
    })
}

/// `records.csv`, `truth.csv` and `relations.csv`.
fn store(made: &Made, folder: &Path) -> anyhow::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_group_every_time() {
        let (one, other) = (make(3, 500, false), make(3, 500, false));
        assert_eq!(one.rows, other.rows);
        assert_ne!(one.rows, make(4, 500, false).rows);
    }

    #[test]
    fn most_clients_are_found_and_few_are_mixed() {
        let made = make(3, 2_000, false);
        let mut base = Base::default();
        for row in &made.rows {
            base.add(&normalise(&read(row), &Home::default()));
        }
        let cards = cluster(&base, &train(&base, &Model::default())).cards;
        let found = figures::of(&cards, &made.owners);
        assert!(found.f1 > 0.85 && found.precision > 0.95, "{found}");
    }
}
