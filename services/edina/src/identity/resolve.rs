//! `edina identity resolve`: clusters out of a file, all at once or record by record.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use edina_identity::engine::{Model, Question, Rulings, cluster, place::Arrivals, train};

use super::{arguments::Resolve, records, rulings, stored};

pub(super) fn run(arguments: &Resolve) -> anyhow::Result<()> {
    let schema = arguments.schema.into();
    let records = records::read(&arguments.records, schema)?;
    let base = records::base(&records);
    let model = match &arguments.model {
        Some(path) => stored(path)?,
        None if arguments.untrained => Model::for_schema(schema),
        None => train::train(&base, &Model::for_schema(schema)),
    };
    let ruled = match &arguments.rulings {
        Some(path) => rulings::read(path, &records)?,
        None => Rulings::default(),
    };
    let (cards, questions) = if arguments.online {
        drop(base);
        let mut arrivals = Arrivals::ruled(&ruled);
        for named in &records {
            arrivals.take(&named.record, &model);
        }
        let questions = match arguments.questions {
            Some(_) => arrivals.questions(&model),
            None => Vec::new(),
        };
        (arrivals.cards().to_vec(), questions)
    } else {
        let found = cluster::cluster_ruled(&base, &ruled, &model);
        (found.cards, found.questions)
    };
    if let Some(path) = &arguments.questions {
        store(&questions, path, &records)?;
    }
    // A cluster is called by its first record.
    let mut called: BTreeMap<u32, &str> = BTreeMap::new();
    let path = &arguments.clusters;
    let mut out = csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    out.write_record(["record_id", "cluster_id"])?;
    for (named, card) in records.iter().zip(cards) {
        let cluster = *called.entry(card).or_insert(&named.id);
        out.write_record([named.id.as_str(), cluster])?;
    }
    out.flush()?;
    eprintln!("{} records, {} clients", records.len(), called.len());
    Ok(())
}

/// The questions, those worth most first.
fn store(questions: &[Question], path: &Path, records: &[records::Named]) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    out.write_record(["record_a", "record_b", "bits", "worth"])?;
    let id = |at: u32| records.get(at as usize).map_or("", |r| r.id.as_str());
    for q in questions {
        let (bits, worth) = (format!("{:.2}", q.bits), format!("{:.3}", q.worth()));
        out.write_record([id(q.a), id(q.b), &bits, &worth])?;
    }
    out.flush()?;
    Ok(())
}
