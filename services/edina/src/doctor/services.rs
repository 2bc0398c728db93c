//! Whether the services run, are ready, find one another, and take one another's word.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use edina_runtime::{
    caller::{Caller, CallerKey},
    clock,
    group::GroupId,
};
use serde_json::Value;
use tonic::codegen::http::uri::PathAndQuery;

use super::{
    clocks::{self, Reading},
    finding::{Area, Finding, text},
    system::{SERVICES, System, Way},
};

const AREA: Area = Area::Services;
const ANSWER: Duration = Duration::from_secs(4);
/// A method no service has: whoever gets as far as not finding it was let in.
const NO_METHOD: &str = "EdinaDoctor";
const LONGEST_REASON: usize = 160;

pub(crate) async fn look(system: &System) -> Vec<Finding> {
    let addresses = system.http();
    let services = system.services();
    let ready = services.iter().map(|service| {
        let address = addresses.get(service.facts.name).cloned();
        readiness(service.facts.name, address, system.installation.is_local())
    });
    let ways = system.ways();
    let calls = ways.iter().map(|way| call(system, way));
    let (ready, calls) = futures::join!(futures::future::join_all(ready), futures::future::join_all(calls));
    let mut findings: Vec<Finding> = ready.into_iter().flatten().collect();
    let failed: Vec<Finding> = calls.into_iter().flatten().collect();
    if failed.is_empty() && !ways.is_empty() {
        findings.push(AREA.ok(
            "calls",
            "gRPC",
            text(
                "службы находят друг друга и признают ключ",
                "the services find one another and accept the key",
            ),
        ));
    }
    findings.extend(failed);
    findings
}

async fn readiness(service: &'static str, address: Option<String>, local: bool) -> Vec<Finding> {
    let Some(address) = address else {
        return vec![AREA.warning(
            "address",
            service,
            text(
                "порт HTTP не назначен (http_listen), адрес узнать нельзя",
                "its HTTP port is not set (http_listen), so its address cannot be known",
            ),
            text(
                format!("задайте http_listen, например 0.0.0.0:8080, в настройках {service}"),
                format!("set http_listen, for instance 0.0.0.0:8080, in the settings of {service}"),
            ),
        )];
    };
    let before = clock::system().now();
    let Ok(client) = reqwest::Client::builder().timeout(ANSWER).no_proxy().build() else {
        return Vec::new();
    };
    let Ok(answer) = client.get(format!("{address}/readyz")).send().await else {
        let advice = if local {
            text("запустите систему: edina up", "start the system: edina up")
        } else {
            text(
                format!(
                    "docker compose up -d {service}, затем docker compose logs {service} (Kubernetes: kubectl -n edina logs deploy/{service})"
                ),
                format!(
                    "docker compose up -d {service}, then docker compose logs {service} (Kubernetes: kubectl -n edina logs deploy/{service})"
                ),
            )
        };
        return vec![AREA.failure(
            "ready",
            service,
            text(
                format!("не отвечает на {address}"),
                format!("does not answer at {address}"),
            ),
            advice,
        )];
    };
    let after = clock::system().now();
    let date = answer
        .headers()
        .get("date")
        .and_then(|date| date.to_str().ok())
        .map(str::to_owned);
    let well = answer.status().is_success();
    let body: Value = answer.json().await.unwrap_or_default();
    let mut findings = vec![conditions(service, well, &body)];
    if let Some(theirs) = date.and_then(|date| DateTime::parse_from_rfc2822(&date).ok()) {
        let reading = Reading {
            before,
            theirs: theirs.with_timezone(&Utc),
            after,
            grain: TimeDelta::seconds(1),
        };
        findings.push(clocks::judge(service, reading));
    }
    findings
}

fn conditions(service: &str, well: bool, body: &Value) -> Finding {
    let list = |field: &str| {
        let conditions = body.get(field).and_then(Value::as_object);
        let each = conditions.into_iter().flatten().map(|(name, why)| {
            let why: String = why
                .as_str()
                .unwrap_or_default()
                .chars()
                .take(LONGEST_REASON)
                .collect();
            format!("{name}: {why}")
        });
        each.collect::<Vec<_>>().join("; ")
    };
    let (unmet, waiting) = (list("unmet"), list("waiting"));
    if !well {
        return AREA.failure(
            "ready",
            service,
            text(
                format!("работает, но не готова ({unmet})"),
                format!("runs, and is not ready ({unmet})"),
            ),
            text(
                "устраните названное; служба станет готова сама, перезапуск не нужен",
                "mend what is named; the service becomes ready by itself, without a restart",
            ),
        );
    }
    if waiting.is_empty() {
        return AREA.ok("ready", service, text("готова", "ready"));
    }
    AREA.warning(
        "waits",
        service,
        text(
            format!("принимает, но часть работы ждёт ({waiting})"),
            format!("accepts, and some of its work waits ({waiting})"),
        ),
        text(
            "устраните названное; отложенное будет сделано само",
            "mend what is named; what waits will be done by itself",
        ),
    )
}

/// Tries the way with the caller's own key. Nothing when all is well.
async fn call(system: &System, way: &Way<'_>) -> Option<Finding> {
    let services = system.services();
    let rpc = SERVICES.iter().find(|facts| facts.name == way.to)?.rpc?;
    let caller = services.iter().find(|known| known.facts.name == way.from)?.common;
    let subject = way.from;
    let (to, setting, url) = (way.to, way.setting, way.url);
    let Ok(channel) = caller.channel(url) else {
        return Some(AREA.failure(
            "call_address",
            subject,
            text(
                format!("{setting}: это не адрес"),
                format!("{setting}: this is no address"),
            ),
            text(
                format!("{setting} = \"http://{to}:9090\""),
                format!("{setting} = \"http://{to}:9090\""),
            ),
        ));
    };
    let key = CallerKey::new(&caller.caller_key, clock::system());
    let group: GroupId = "main".parse().ok()?;
    let nobody = ask(channel.clone(), rpc, tonic::Request::new(())).await;
    let answer = match nobody {
        // Refused without a signature: it is this service. Now with one.
        tonic::Code::Unauthenticated => {
            let signed = key.request(&Caller::service(way.from, group), ());
            ask(channel, rpc, signed).await
        }
        // It knows no such service at all.
        tonic::Code::Unimplemented => {
            return Some(AREA.failure(
                "call_address",
                subject,
                text(
                    format!("{setting} ({url}) ведёт не к {to}"),
                    format!("{setting} ({url}) does not lead to {to}"),
                ),
                text(
                    format!("укажите порт gRPC службы {to}: {setting} = \"http://{to}:9090\""),
                    format!("name the gRPC port of {to}: {setting} = \"http://{to}:9090\""),
                ),
            ));
        }
        other => other,
    };
    match answer {
        tonic::Code::Unimplemented => None,
        tonic::Code::Unauthenticated => Some(AREA.failure(
            "call_key",
            subject,
            text(
                format!("{to} не признаёт её вызовы: ключ другой или часы расходятся"),
                format!("{to} refuses its calls: another key, or clocks that differ"),
            ),
            text(
                "запишите один caller_key во все пять файлов и перезапустите все службы вместе; проверьте часы (ниже)",
                "write one caller_key into all five files and restart all services together; look at the clocks (below)",
            ),
        )),
        _ => Some(AREA.failure(
            "call",
            subject,
            text(
                format!("{to} не отвечает по {setting} ({url})"),
                format!("{to} does not answer at {setting} ({url})"),
            ),
            text(
                format!("запустите {to}; если она работает, исправьте {setting}: нужен порт gRPC"),
                format!("start {to}; if it runs, mend {setting}: it must be its gRPC port"),
            ),
        )),
    }
}

async fn ask(channel: tonic::transport::Channel, rpc: &str, request: tonic::Request<()>) -> tonic::Code {
    let Ok(path) = format!("/{rpc}/{NO_METHOD}").parse::<PathAndQuery>() else {
        return tonic::Code::Internal;
    };
    let exchange = async {
        let mut grpc = tonic::client::Grpc::new(channel);
        if grpc.ready().await.is_err() {
            return tonic::Code::Unavailable;
        }
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        grpc.unary(request, path, codec)
            .await
            .map_or_else(|status| status.code(), |_| tonic::Code::Ok)
    };
    tokio::time::timeout(ANSWER, exchange)
        .await
        .unwrap_or(tonic::Code::DeadlineExceeded)
}
