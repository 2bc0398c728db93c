//! `edina identity resolve`: clusters out of a file, all at once or record by record.

use std::collections::BTreeMap;

use anyhow::Context as _;
use edina_identity::engine::{Model, Rulings, cluster, place::Arrivals, train};

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
    let cards = if arguments.online {
        drop(base);
        let mut arrivals = Arrivals::ruled(&ruled);
        for named in &records {
            arrivals.take(&named.record, &model);
        }
        arrivals.cards().to_vec()
    } else {
        let found = cluster::cluster_ruled(&base, &ruled, &model);
        if let Some(path) = &arguments.questions {
            let mut out =
                csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
            out.write_record(["record_a", "record_b", "bits"])?;
            let id = |at: u32| records.get(at as usize).map_or("", |r| r.id.as_str());
            for q in &found.questions {
                out.write_record([id(q.a), id(q.b), &format!("{:.2}", q.bits)])?;
            }
            out.flush()?;
        }
        found.cards
    };
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
