//! Clusters a file of dirty records, a whole file at once or record by record:
//! `resolve_csv RECORDS.csv CLUSTERS.csv [--pairs PAIRS.csv]`.

use std::collections::HashMap;
use std::error::Error;
use std::time::Instant;

use edina_identity::engine::compare::{Rarity, compare};
use edina_identity::engine::{Base, Model, cluster::cluster, place::Arrivals, train::train};
use edina_identity::{Home, columns::Schema, normalise};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [records, clusters, rest @ ..] = args.as_slice() else {
        return Err("usage: resolve_csv RECORDS.csv CLUSTERS.csv [--pairs PAIRS.csv]".into());
    };
    let started = Instant::now();
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(records)?;
    let schema = match std::env::var_os("FEBRL") {
        Some(_) => Schema::Febrl,
        None => Schema::Dealership,
    };
    let mut ids = Vec::new();
    let mut base = Base::default();
    let mut normalised = Vec::new();
    for row in reader.deserialize() {
        let row: HashMap<String, String> = row?;
        ids.push(row.get(schema.id_column()).cloned().unwrap_or_default());
        normalised.push(normalise(
            &schema.record(|c| row.get(c).filter(|v| !v.is_empty()).cloned()),
            &Home::default(),
        ));
    }
    eprintln!("read {:?}", started.elapsed());
    for n in &normalised {
        base.add(n);
    }
    eprintln!("indexed {:?}", started.elapsed());
    let mut model = match schema {
        Schema::Dealership if std::env::var_os("BARE").is_none() => Model::taught(),
        _ => Model::for_schema(schema),
    };
    let env = |name: &str, or: f64| {
        std::env::var(name)
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(or)
    };
    model.persons.partners[4] = env("KIN", model.persons.partners[4]);
    if let Some(path) = std::env::var_os("MODEL") {
        model = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    }
    if std::env::var_os("TRAIN").is_some() {
        model = train(&base, &model);
        eprintln!("trained {:?}", started.elapsed());
    }
    if let Some(path) = std::env::var_os("SAVE") {
        std::fs::write(path, serde_json::to_string(&model)?)?;
    }
    model.thresholds.link = env("LINK", model.thresholds.link);
    model.thresholds.lead = env("LEAD", model.thresholds.lead);
    model.thresholds.ask = env("ASK", model.thresholds.ask);
    if let [flag, path, ..] = rest
        && flag == "--pairs"
    {
        let rarity = Rarity::new(&base.counts);
        let mut out = csv::Writer::from_path(path)?;
        for (a, b) in base.pairs() {
            let (p, q) = (&base.profiles[a as usize], &base.profiles[b as usize]);
            let c = compare(p, q, &rarity);
            let table = model.table(p.party, q.party);
            let v = model.weigh(&c, table, rarity.records());
            let why: Vec<String> = model
                .reasons(&c, table, rarity.records())
                .iter()
                .filter_map(|r| Some(format!("{:?}:{:?}:{:.1}", r.of?, r.level?, r.bits)))
                .collect();
            out.write_record([
                &ids[a as usize],
                &ids[b as usize],
                &format!("{:.2}", v.bits),
                &format!("{:?}", v.rival),
                &format!("{:?}", v.conflict),
                &why.join(" "),
            ])?;
        }
    }
    let found = cluster(&base, &model);
    let mut cards = found.cards;
    eprintln!("clustered {:?}", started.elapsed());
    if std::env::var_os("ONLINE").is_some() {
        let mut arrivals = Arrivals::default();
        for n in &normalised {
            arrivals.take(n, &model);
        }
        let mut first = HashMap::new();
        cards = arrivals
            .cards()
            .iter()
            .zip(0u32..)
            .map(|(c, i)| *first.entry(*c).or_insert(i))
            .collect();
        eprintln!("online clustered {:?}", started.elapsed());
    }
    if let Some(path) = std::env::var_os("ASKS") {
        let mut out = csv::Writer::from_path(path)?;
        for q in &found.questions {
            out.write_record([&ids[q.a as usize], &ids[q.b as usize], &format!("{:.2}", q.bits)])?;
        }
    }
    let mut writer = csv::Writer::from_path(clusters)?;
    writer.write_record(["record_id", "cluster_id"])?;
    for (id, card) in ids.iter().zip(cards) {
        writer.write_record([id, &ids[card as usize]])?;
    }
    writer.flush()?;
    Ok(())
}
