//! `edina bench identity`: a made-up group's dirty records with the truth beside them, and how well they are told apart.

mod answers;
pub(super) mod made;
mod people;
mod words;
pub(super) mod writing;

use std::time::{Duration, Instant};

use edina_identity::engine::{Base, Model, cluster::cluster, place::Arrivals, train::train};
use edina_identity::{Home, Normalised, normalise};
use serde::Serialize;

use crate::{cli, identity::figures, up::say};
use made::Made;

/// Shares of the records people are asked about, of a thousand.
const ASKED: [usize; 2] = [15, 30];

/// One way through the records.
#[derive(Serialize)]
struct Run {
    way: String,
    #[serde(flatten)]
    figures: figures::Figures,
    traps: Vec<(&'static str, usize, usize)>,
    /// Of a second on one core; none where the time says nothing.
    records_per_second: Option<f64>,
    /// Highest of the process so far, in megabytes.
    peak_memory: Option<f64>,
}

impl Run {
    fn new(way: &str, cards: &[u32], made: &Made, took: Option<Duration>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let rate = |took: Duration| cards.len() as f64 / took.as_secs_f64().max(1e-9);
        Self {
            way: way.to_owned(),
            figures: figures::of(cards, &made.owners),
            traps: figures::traps(cards, &made.owners, &made.relations),
            records_per_second: took.map(rate),
            peak_memory: took.and_then(|_| peak_memory()),
        }
    }

    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            say(&serde_json::to_string(self)?);
            return Ok(());
        }
        let cost = match (self.records_per_second, self.peak_memory) {
            (Some(rate), Some(peak)) => format!(", {rate:.0} records/s, peak {peak:.0} MB"),
            (Some(rate), None) => format!(", {rate:.0} records/s"),
            _ => String::new(),
        };
        say(&format!("{:22} {}{cost}", self.way, self.figures));
        for (kind, merged, pairs) in &self.traps {
            say(&format!("{:22} {kind}: {merged} of {pairs} merged", ""));
        }
        Ok(())
    }
}

pub(super) fn run(arguments: &cli::Bench) -> anyhow::Result<()> {
    let made = made::make(
        arguments.seed,
        usize::try_from(arguments.records)?,
        arguments.hard,
    );
    if let Some(folder) = &arguments.generate {
        return made::store(&made, folder);
    }
    let started = Instant::now();
    let home = Home::default();
    let records: Vec<Normalised> = made
        .rows
        .iter()
        .map(|row| normalise(&made::read(row), &home))
        .collect();
    let reading = started.elapsed();

    // As they arrive, with the weights that come with the program: what a service does.
    let model = Model::default();
    let started = Instant::now();
    let mut arrivals = Arrivals::default();
    for record in &records {
        arrivals.take(record, &model);
    }
    let took = reading + started.elapsed();
    Run::new("one by one", arrivals.cards(), &made, Some(took)).print(arguments.json)?;
    drop(arrivals);

    let started = Instant::now();
    let mut base = Base::default();
    for record in &records {
        base.add(record);
    }
    let model = train(&base, &Model::untrained());
    let found = cluster(&base, &model);
    let took = reading + started.elapsed();
    Run::new("file at once, learned", &found.cards, &made, Some(took)).print(arguments.json)?;

    let mut arrivals = Arrivals::default();
    for record in &records {
        arrivals.take(record, &model);
    }
    Run::new("one by one, learned", arrivals.cards(), &made, None).print(arguments.json)?;
    drop(arrivals);

    for share in ASKED {
        let budget = records.len() * share / 1000;
        let asked = answers::ask(&base, &model, found.clone(), &made.owners, budget);
        let way = format!("{} questions answered", asked.questions);
        Run::new(&way, &asked.cards, &made, None).print(arguments.json)?;
    }
    Ok(())
}

/// Highest resident memory of this process in megabytes, where Linux tells it.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_group_every_time() {
        let (one, other) = (made::make(3, 500, false), made::make(3, 500, false));
        assert_eq!(one.rows, other.rows);
        assert_ne!(one.rows, made::make(4, 500, false).rows);
    }

    #[test]
    fn most_clients_are_found_and_few_are_mixed() {
        let made = made::make(3, 2_000, false);
        let mut base = Base::default();
        for row in &made.rows {
            base.add(&normalise(&made::read(row), &Home::default()));
        }
        let model = train(&base, &Model::untrained());
        let cards = cluster(&base, &model);
        let found = figures::of(&cards.cards, &made.owners);
        assert!(found.f1 > 0.85 && found.precision > 0.95, "{found}");
        let asked = answers::ask(&base, &model, cards, &made.owners, 40);
        let then = figures::of(&asked.cards, &made.owners);
        assert!(
            asked.questions <= 40 && then.f1 > found.f1,
            "{then} after answers, {found} before"
        );
    }
}
