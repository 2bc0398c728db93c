//! What `/metrics` of the five processes says, read line by line.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use e2e::{Service, System};

/// A metric as one process exports it.
#[derive(Debug, Default)]
pub struct Exported {
    /// `counter`, `gauge`, `histogram`.
    pub kind: String,
    /// Every label on any of its lines, `le` left out.
    pub labels: BTreeSet<String>,
    /// Every series: `name{labels}`.
    pub series: BTreeSet<String>,
}

/// All metrics of all processes by name.
pub async fn exported(system: &System) -> anyhow::Result<HashMap<String, Exported>> {
    let mut all: HashMap<String, Exported> = HashMap::new();
    for service in Service::ALL {
        let url = format!("http://{}/metrics", system.listens(service).http);
        let text = reqwest::get(url).await?.error_for_status()?.text().await?;
        for line in text.lines() {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').context("a TYPE line")?;
                kind.clone_into(&mut all.entry(name.to_owned()).or_default().kind);
            } else if !line.is_empty() && !line.starts_with('#') {
                let (series, _) = line.rsplit_once(' ').context("a sample")?;
                let (name, labels) = series.split_once('{').unwrap_or((series, ""));
                let metric = all.entry(base(name).to_owned()).or_default();
                metric.series.insert(series.to_owned());
                metric.labels.extend(names(labels));
            }
        }
    }
    Ok(all)
}

/// The metric that a sample belongs to.
pub fn base(name: &str) -> &str {
    let suffixes = ["_seconds_bucket", "_seconds_sum", "_seconds_count"];
    let of_histogram = suffixes.iter().any(|suffix| name.ends_with(suffix));
    match name.rfind('_') {
        Some(at) if of_histogram => name.get(..at).unwrap_or(name),
        _ => name,
    }
}

fn names(labels: &str) -> impl Iterator<Item = String> {
    // `a="x",b="y"}`; no value of ours holds a quotation mark.
    let names = labels.split('"').step_by(2);
    names
        .map(|name| name.trim_matches([',', '=', '}']).to_owned())
        .filter(|name| !name.is_empty() && name != "le")
}
