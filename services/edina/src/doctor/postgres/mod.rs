//! Every service's database, as the service itself reaches it: server, role, row-level security, schema, connections,
//! and how far the relay of facts is behind.

mod reach;
mod relay;
mod role;
mod server;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use edina_postgres::inspect::{Inspection, Schema, inspect};
use edina_runtime::clock;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    PATIENCE,
    clocks::{self, Reading},
    finding::{Area, Finding, text},
    system::{Known, SERVICES, System},
};

const AREA: Area = Area::Postgres;

/// One service's look.
struct Look {
    findings: Vec<Finding>,
    /// Its server, with what it allows and what the service would take of it.
    server: Option<(String, Inspection)>,
}

pub(crate) async fn look(system: &System) -> Vec<Finding> {
    let services = system.services();
    let looks = services
        .iter()
        .map(|service| one(service, system.installation.is_local()));
    let looks = futures::future::join_all(looks).await;
    let mut findings = Vec::new();
    let mut servers: BTreeMap<String, (Inspection, i64)> = BTreeMap::new();
    for (look, service) in looks.into_iter().zip(&services) {
        findings.extend(look.findings);
        if let Some((server, inspection)) = look.server {
            let pool = i64::from(service.common.database_connections);
            servers.entry(server).or_insert((inspection, 0)).1 += pool;
        }
    }
    for (server, (inspection, wanted)) in servers {
        findings.extend(server::judge(
            &server,
            &inspection,
            wanted,
            system.installation.is_local(),
        ));
    }
    findings
}

/// `host:port` of a database URL.
fn place(url: &SecretString) -> String {
    reqwest::Url::parse(url.expose_secret()).map_or_else(
        |_| "postgresql".to_owned(),
        |url| {
            format!(
                "{}:{}",
                url.host_str().unwrap_or("localhost"),
                url.port().unwrap_or(5432)
            )
        },
    )
}

async fn one(service: &Known<'_>, local: bool) -> Look {
    let facts = service.facts;
    let url = &service.common.database_url;
    let own_ca = service.common.tls_ca.as_deref();
    let others: Vec<&str> = SERVICES
        .iter()
        .map(|other| other.database)
        .filter(|other| *other != facts.database)
        .collect();
    let before = clock::system().now();
    let outcome = tokio::time::timeout(PATIENCE, inspect(url, own_ca, facts.migrator, &others)).await;
    let after = clock::system().now();
    let inspection = match outcome {
        Ok(Ok(inspection)) => inspection,
        Ok(Err(error)) => {
            return Look {
                findings: vec![reach::failed(service, &error, local)],
                server: None,
            };
        }
        Err(_) => {
            let (ru, en) = start_it(local);
            return Look {
                findings: vec![AREA.failure(
                    "reach",
                    facts.name,
                    text(
                        format!("{} не отвечает", place(url)),
                        format!("{} does not answer", place(url)),
                    ),
                    text(ru, en),
                )],
                server: None,
            };
        }
    };
    let mut findings = role::judge(service, &inspection, local);
    if facts.name == "gateway" {
        let reading = Reading {
            before,
            theirs: inspection.now,
            after,
            grain: TimeDelta::zero(),
        };
        findings.push(clocks::judge("postgresql", reading));
    }
    if matches!(inspection.schema, Schema::Current | Schema::Ahead(_)) {
        findings.push(relay::look(service).await);
    }
    Look {
        findings,
        server: Some((place(url), inspection)),
    }
}

fn start_it(local: bool) -> (&'static str, &'static str) {
    if local {
        ("запустите систему: edina up", "start the system: edina up")
    } else {
        (
            "запустите PostgreSQL (docker compose up -d postgres) и проверьте адрес в database_url и сеть между ними",
            "start PostgreSQL (docker compose up -d postgres), and check the address in database_url and the network between",
        )
    }
}
