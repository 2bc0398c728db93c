//! NATS as every service reaches it: version, JetStream, room. The streams are looked at over the same connections.

use std::time::Duration;

use edina_runtime::clock;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::{
    PATIENCE,
    finding::{Area, Finding, text},
    streams,
    system::{Known, System},
};

const AREA: Area = Area::Nats;
const OLDEST: (u32, u32) = (2, 10);
/// A fact is at most 256 KiB, and its headers.
const LEAST_PAYLOAD: usize = 256 * 1024 + 8 * 1024;
const ANSWER: Duration = Duration::from_secs(3);
const MIB: i64 = 1 << 20;

/// A service's own connection.
pub(crate) struct Line {
    client: async_nats::Client,
}

impl Line {
    /// A JetStream request's answer; none when the server is silent, which is also how it refuses.
    pub(crate) async fn ask(&self, subject: String) -> Option<Value> {
        let request = self.client.request(subject, bytes::Bytes::new());
        let answer = tokio::time::timeout(ANSWER, request).await.ok()?.ok()?;
        serde_json::from_slice(&answer.payload).ok()
    }
}

pub(crate) async fn look(system: &System) -> Vec<Finding> {
    let services = system.services();
    let local = system.installation.is_local();
    let looks = services.iter().map(|service| one(service, local));
    let mut findings: Vec<Finding> = Vec::new();
    for finding in futures::future::join_all(looks).await.into_iter().flatten() {
        // The same server seen by five services is said once.
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

async fn one(service: &Known<'_>, local: bool) -> Vec<Finding> {
    let name = service.facts.name;
    let connecting = edina_messaging::connection::connect_now(service.common, name);
    let client = match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => return vec![unreached(service, &format!("{error:#}"), local)],
        Err(_) => return vec![unreached(service, "no answer in time", local)],
    };
    let at = server(service);
    let info = client.server_info();
    let mut findings = vec![of_server(&at, &info.version, info.max_payload)];
    let line = Line { client };
    findings.extend(streams::look(service, &line, clock::system()).await);
    if name == super::system::GATEWAY {
        findings.extend(room(&at, &line).await);
    }
    // Nobody waits for what is still under way.
    drop(line);
    findings
}

/// `host:port` of a NATS URL.
fn server(service: &Known<'_>) -> String {
    reqwest::Url::parse(service.common.nats_url.expose_secret()).map_or_else(
        |_| "nats".to_owned(),
        |url| {
            format!(
                "{}:{}",
                url.host_str().unwrap_or("localhost"),
                url.port().unwrap_or(4222)
            )
        },
    )
}

fn unreached(service: &Known<'_>, words: &str, local: bool) -> Finding {
    let (name, at) = (service.facts.name, server(service));
    if words.to_lowercase().contains("authorization") {
        return AREA.failure(
            "reach",
            name,
            text(
                format!("{at} не принимает имя или пароль из nats_url"),
                format!("{at} refuses the name or password in nats_url"),
            ),
            text(
                "сверьте nats_url с passwords.conf сервера; после правки: nats-server --signal reload",
                "compare nats_url with the server's passwords.conf; after a change: nats-server --signal reload",
            ),
        );
    }
    let advice = if local {
        text("запустите систему: edina up", "start the system: edina up")
    } else {
        text(
            "запустите NATS (docker compose up -d nats) и проверьте адрес в nats_url; заявки тем временем принимаются",
            "start NATS (docker compose up -d nats) and check the address in nats_url; leads are accepted meanwhile",
        )
    };
    AREA.failure(
        "reach",
        name,
        text(format!("{at} недоступен"), format!("{at} cannot be reached")),
        advice,
    )
}

fn of_server(at: &str, version: &str, payload: usize) -> Finding {
    let mut numbers = version.split('.').filter_map(|part| part.parse::<u32>().ok());
    let known = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if known < OLDEST {
        return AREA.failure(
            "version",
            at,
            text(
                format!("версия {version}, нужна 2.10 или новее"),
                format!("version {version}; 2.10 or newer is needed"),
            ),
            text("обновите NATS; данные остаются", "upgrade NATS; its data stays"),
        );
    }
    if payload < LEAST_PAYLOAD {
        return AREA.failure(
            "payload",
            at,
            text(
                format!("max_payload {payload} меньше самого большого события"),
                format!("max_payload {payload} is smaller than the largest fact"),
            ),
            text(
                "max_payload: 320KB в nats.conf",
                "max_payload: 320KB in nats.conf",
            ),
        );
    }
    AREA.ok(
        "server",
        at,
        text(format!("NATS {version}"), format!("NATS {version}")),
    )
}

/// How much of the account's space is taken.
async fn room(at: &str, line: &Line) -> Option<Finding> {
    let Some(account) = line.ask("$JS.API.INFO".to_owned()).await else {
        return Some(AREA.failure(
            "jetstream",
            at,
            text("JetStream не отвечает", "JetStream does not answer"),
            text(
                "включите его в nats.conf (jetstream { store_dir: … }) и права gateway на $JS.API.INFO (deploy/nats/accounts.conf)",
                "switch it on in nats.conf (jetstream { store_dir: … }), and let gateway use $JS.API.INFO (deploy/nats/accounts.conf)",
            ),
        ));
    };
    if let Some(error) = account.pointer("/error/description").and_then(Value::as_str) {
        return Some(AREA.failure(
            "jetstream",
            at,
            text(format!("JetStream: {error}"), format!("JetStream: {error}")),
            text(
                "включите JetStream в nats.conf: jetstream { store_dir: … }",
                "switch JetStream on in nats.conf: jetstream { store_dir: … }",
            ),
        ));
    }
    let number = |pointer: &str| account.pointer(pointer).and_then(Value::as_i64).unwrap_or(-1);
    let (used, most) = (number("/storage"), number("/limits/max_storage"));
    if most > 0 && used.saturating_mul(10) > most.saturating_mul(8) {
        return Some(AREA.warning(
            "storage",
            at,
            text(
                format!(
                    "потоки занимают {} из {} МиБ; когда место кончится, события будут ждать в базах",
                    used / MIB,
                    most / MIB
                ),
                format!(
                    "streams take {} of {} MiB; when it is full, facts wait in the databases",
                    used / MIB,
                    most / MIB
                ),
            ),
            text(
                "поднимите max_file_store в nats.conf",
                "raise max_file_store in nats.conf",
            ),
        ));
    }
    Some(AREA.ok(
        "storage",
        at,
        text(
            format!("JetStream включён, потоки занимают {} МиБ", used / MIB),
            format!("JetStream is on, streams take {} MiB", used / MIB),
        ),
    ))
}
