//! A real Prometheus that scrapes the services and knows the alert rules of `deploy/`.

use std::{fmt::Write as _, fs, net::SocketAddr, time::Instant};

use anyhow::Context as _;
use serde_json::Value;

use super::{POLL, START};
use crate::{
    binaries,
    process::{Process, Program},
    system::{Service, System},
};

/// The running server.
#[derive(Debug)]
pub struct Prometheus {
    process: Process,
    base: String,
}

impl Prometheus {
    /// Starts the machine's Prometheus over a system, scraping every second; none when the machine has none and
    /// `EDINA_REQUIRE_PEERS=1` does not insist, which is printed.
    pub async fn over(system: &System) -> anyhow::Result<Option<Self>> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&paths).any(|folder| folder.join("prometheus").is_file());
        if !found && std::env::var("EDINA_REQUIRE_PEERS").is_ok_and(|word| word == "1") {
            anyhow::bail!("install Prometheus (Debian: apt-get install prometheus)");
        }
        if !found {
            eprintln!("NOT RUN: what needs Prometheus, which is not on this machine");
            return Ok(None);
        }
        let folder = system.folder();
        let configuration = folder.join("prometheus.yml");
        fs::write(&configuration, configure(system))?;
        let address = SocketAddr::from(([127, 0, 0, 1], edina_devstack::free_port()?));
        let mut process = Program::new("prometheus", "prometheus")
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.join("prometheus").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .start(folder)?;
        let base = format!("http://{address}");
        let deadline = Instant::now() + START;
        while !is_ready(&base).await {
            anyhow::ensure!(
                process.runs() && Instant::now() < deadline,
                "no Prometheus: {}",
                process.tail()
            );
            tokio::time::sleep(POLL).await;
        }
        Ok(Some(Self { process, base }))
    }

    /// The present result of an expression: labels and value of each series.
    pub async fn query(&self, expression: &str) -> anyhow::Result<Vec<(Value, f64)>> {
        let url = format!("{}/api/v1/query", self.base);
        let answer: Value = reqwest::Client::new()
            .get(url)
            .query(&[("query", expression)])
            .send()
            .await?
            .json()
            .await?;
        anyhow::ensure!(answer["status"] == "success", "{expression}: {answer}");
        let series = answer["data"]["result"].as_array().context("no result")?;
        Ok(series
            .iter()
            .map(|one| {
                let value = one["value"][1].as_str().and_then(|value| value.parse().ok());
                (one["metric"].clone(), value.unwrap_or(f64::NAN))
            })
            .collect())
    }

    /// Names and expressions of the alerts it has loaded.
    pub async fn alerts(&self) -> anyhow::Result<Vec<(String, String)>> {
        let rules: Value = reqwest::get(format!("{}/api/v1/rules", self.base))
            .await?
            .json()
            .await?;
        let groups = rules["data"]["groups"].as_array().context("no rules")?;
        let rules = groups
            .iter()
            .filter_map(|group| group["rules"].as_array())
            .flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(rules
            .filter(|rule| rule["type"] == "alerting")
            .map(|rule| (text(&rule["name"]), text(&rule["query"])))
            .collect())
    }

    /// How it goes on, for a failure message.
    pub fn tail(&self) -> String {
        self.process.tail()
    }
}

async fn is_ready(base: &str) -> bool {
    let answer = reqwest::get(format!("{base}/-/ready")).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// As `deploy/prometheus/scrape.yaml`, only faster and at these addresses.
fn configure(system: &System) -> String {
    let rules = binaries::repository().join("deploy/prometheus/alerts.yaml");
    let mut text = format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [{:?}]\nscrape_configs:\n  \
         - job_name: edina\n    honor_labels: true\n    static_configs:\n",
        rules.to_string_lossy()
    );
    for service in Service::ALL {
        // A formatted string cannot fail.
        writeln!(
            text,
            "      - {{ targets: [\"{}\"], labels: {{ service: {} }} }}",
            system.listens(service).http,
            service.name()
        )
        .ok();
    }
    text
}
