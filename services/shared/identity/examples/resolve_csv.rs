//! Resolves a file of records one by one, in memory, as the registry would, and writes the clusters.
//!
//!     cargo run -p edina-identity --example resolve_csv -- records.csv clusters.csv
//!
//! Only `records.csv` is read. A record put to review stays a client of its own, as in the registry.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;

use edina_identity::{
    CompanyInput, Context, Decision, Home, MatchKey, Normalised, RecordInput, Stats, Thresholds,
    VehicleInput, decide, match_keys, normalise, score_against_card,
};

/// A key carried by more clients than this says nothing about whom to compare.
const MAX_PER_KEY: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [records, clusters] = args.as_slice() else {
        return Err("usage: resolve_csv RECORDS.csv CLUSTERS.csv".into());
    };
    let mut reader = csv::Reader::from_path(records)?;
    let mut writer = csv::Writer::from_path(clusters)?;
    writer.write_record(["record_id", "cluster_id"])?;
    let mut base = Base::default();
    for row in reader.deserialize() {
        let row: HashMap<String, String> = row?;
        let id = row.get("record_id").cloned().unwrap_or_default();
        let card = base.resolve(normalise(&input(&row), &Home::default()));
        writer.write_record([id, card.to_string()])?;
    }
    writer.flush()?;
    eprintln!(
        "{} clients; linked {}, to review {}, new {}",
        base.cards.len(),
        base.linked,
        base.reviewed,
        base.created
    );
    Ok(())
}

#[derive(Default)]
struct Base {
    cards: Vec<Vec<Normalised>>,
    index: HashMap<MatchKey, BTreeSet<usize>>,
    stats: Stats,
    linked: usize,
    reviewed: usize,
    created: usize,
}

impl Base {
    /// The card a record belongs to, existing or new.
    fn resolve(&mut self, record: Normalised) -> usize {
        let keys = match_keys(&record);
        let found: BTreeSet<usize> = keys
            .iter()
            .filter_map(|k| self.index.get(k))
            .filter(|c| c.len() <= MAX_PER_KEY)
            .flatten()
            .copied()
            .collect();
        let ctx = Context::new(&self.stats);
        let scored = found
            .into_iter()
            .map(|c| (c, score_against_card(&record, &self.cards[c], &ctx)))
            .collect();
        let card = match decide(scored, &Thresholds::default()) {
            Decision::Link { client, .. } => {
                self.linked += 1;
                client
            }
            other => {
                match other {
                    Decision::Review { .. } => self.reviewed += 1,
                    _ => self.created += 1,
                }
                self.cards.push(Vec::new());
                self.cards.len() - 1
            }
        };
        for key in keys {
            self.index.entry(key).or_default().insert(card);
        }
        self.stats.add(&record);
        self.cards[card].push(record);
        card
    }
}

fn input(row: &HashMap<String, String>) -> RecordInput {
    let get = |name: &str| row.get(name).filter(|v| !v.is_empty()).cloned();
    let company = CompanyInput {
        name: get("company_name"),
        inn: get("inn"),
        kpp: get("kpp"),
    };
    let vehicle = VehicleInput {
        vin: get("vin"),
        plate: get("plate"),
        model: get("car_model"),
        ..VehicleInput::default()
    };
    RecordInput {
        full_name: get("full_name"),
        last_name: get("last_name"),
        first_name: get("first_name"),
        middle_name: get("middle_name"),
        birth_date: get("birth_date"),
        gender: get("gender"),
        phones: [get("phone"), get("phone2")].into_iter().flatten().collect(),
        emails: get("email").into_iter().collect(),
        address: get("address"),
        company: (company != CompanyInput::default()).then_some(company),
        contact_name: get("contact_name"),
        vehicles: (vehicle != VehicleInput::default())
            .then_some(vehicle)
            .into_iter()
            .collect(),
        source: get("source"),
        branch: get("branch"),
        ..RecordInput::default()
    }
}
