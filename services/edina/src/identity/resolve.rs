//! `edina identity resolve`: clusters out of a file, all at once or record by record.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use edina_identity::columns::Schema;
use edina_identity::engine::{Model, Question, Rulings, cluster, place::Arrivals, train};

use super::records::{self, Records};
use super::{arguments::Resolve, rulings, stored};

pub(super) fn run(arguments: &Resolve) -> anyhow::Result<()> {
    let schema = arguments.schema.into();
    let Records { ids, base } = records::read(&arguments.records, schema)?;
    let model = match &arguments.model {
        Some(path) => stored(path)?,
        None if arguments.untrained => start(schema),
        None => train::train(&base, &start(schema)),
    };
    let ruled = match &arguments.rulings {
        Some(path) => rulings::read(path, &ids)?,
        None => Rulings::default(),
    };
    let (cards, questions) = if arguments.online {
        let mut arrivals = Arrivals::ruled(&ruled);
        for profile in base.into_parts().0 {
            arrivals.take_profile(profile, &model);
        }
        let questions = match arguments.questions {
            Some(_) => arrivals.questions(&model),
            None => Vec::new(),
        };
        (arrivals.cards().to_vec(), questions)
    } else {
        let found = cluster::cluster_whole(base, &ruled, &model);
        (found.cards, found.questions)
    };
    if let Some(path) = &arguments.questions {
        store(&questions, path, &ids)?;
    }
    // A cluster is called by its first record.
    let mut called: BTreeMap<u32, &str> = BTreeMap::new();
    let path = &arguments.clusters;
    let mut out = csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    out.write_record(["record_id", "cluster_id"])?;
    for (id, card) in ids.iter().zip(cards) {
        let cluster = *called.entry(card).or_insert(id);
        out.write_record([id.as_str(), cluster])?;
    }
    out.flush()?;
    crate::tell(format_args!("{} records, {} clients", ids.len(), called.len()));
    Ok(())
}

/// The questions, those worth most first.
fn store(questions: &[Question], path: &Path, ids: &[String]) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    out.write_record(["record_a", "record_b", "bits", "worth"])?;
    let id = |at: u32| ids.get(at as usize).map_or("", String::as_str);
    for q in questions {
        let (bits, worth) = (format!("{:.2}", q.bits), format!("{:.3}", q.worth()));
        out.write_record([id(q.a), id(q.b), &bits, &worth])?;
    }
    out.flush()?;
    Ok(())
}

/// Learning starts from what a made-up dealership group taught.
fn start(schema: Schema) -> Model {
    match schema {
        Schema::Dealership => Model::taught(),
        Schema::Febrl => Model::for_schema(schema),
    }
}
