//! Every route of the API, as its own document lists them, with every kind of nonsense in every place: no 5xx anywhere.

use e2e::System;
use futures::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};

use crate::asking::{all_ready, client, said};

/// In place of an id or a value, percent-encoded where it must be.
const NONSENSE: [&str; 14] = [
    "%00",
    "%ff%fe",
    "%27%3B%20drop%20table%20leads%3B--",
    "%3Cscript%3E",
    "..%2f..%2fetc%2fpasswd",
    "-1",
    "99999999999999999999999999",
    "1e999",
    "NaN",
    "%E2%80%AE%E2%80%8B",
    "0001-01-01T00:00:00Z",
    "+292277026596-12-04",
    "019aa000-0000-7000-8000-000000000000",
    "%F0%9F%92%A9",
];

fn bodies() -> Vec<String> {
    let mut bodies: Vec<String> = [
        "",
        "null",
        "[]",
        "{}",
        "\"\"",
        "1e999",
        "{",
        "[{}]",
        "[null]",
        "{\"a\":\"\\ud800\"}",
        "\u{0}",
        "true",
        "[[[[]]]]",
    ]
    .map(str::to_owned)
    .to_vec();
    bodies.push(format!("{}{}", "[".repeat(50_000), "]".repeat(50_000)));
    // Every name that any route reads, each with every kind of value.
    let names = [
        "kind",
        "external_id",
        "occurred_at",
        "branch",
        "full_name",
        "last_name",
        "first_name",
        "middle_name",
        "birth_date",
        "gender",
        "phones",
        "emails",
        "address",
        "company",
        "vehicle",
        "role",
        "amount",
        "consents",
        "comment",
        "text",
        "step",
        "reason",
        "reason_code",
        "outcome",
        "result",
        "client_id",
        "other_client_id",
        "employee_id",
        "verdict",
        "decision",
        "lost_reason",
        "won",
        "note",
        "due_at",
        "promise",
        "by",
        "version",
    ];
    for value in [
        json!("\u{0}"),
        json!("'; drop table clients; --"),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!([]),
        json!({}),
        json!(null),
        json!(true),
        json!("\u{202e}\u{200b}"),
        json!("д".repeat(20_000)),
        json!([{"a": [{}]}]),
        json!("0000-00-00"),
        json!("99999-01-01T00:00:00Z"),
    ] {
        let object: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), value.clone()))
            .collect();
        bodies.push(Value::Object(object).to_string());
        let mut record = json!({ "kind": "contact", "phones": ["+79161234567"] });
        // A record needs a kind and somebody to be about: those two stay readable, so that each other one is looked at.
        for name in names.iter().filter(|name| !["kind", "phones"].contains(*name)) {
            record[*name] = value.clone();
            bodies.push(record.to_string());
            record.as_object_mut().unwrap().remove(*name);
        }
    }
    bodies
}

#[tokio::test]
async fn no_route_fails_whatever_it_is_sent() {
    let system = System::shared().await;
    let document = system.api().get("/api/openapi.json").await.unwrap();
    let routes = document["paths"].as_object().unwrap();
    assert!(routes.len() > 20, "{} routes", routes.len());
    let mut requests: Vec<(Method, String, Option<String>)> = Vec::new();
    for (path, methods) in routes {
        if path.contains("/live") || !path.starts_with("/api/") {
            continue;
        }
        for nonsense in NONSENSE {
            let filled = filled(path, nonsense);
            for parameter in [
                "q",
                "limit",
                "cursor",
                "client_id",
                "status",
                "step",
                "source",
                "overdue",
                "branch_id",
                "owner_employee_id",
                "from",
                "to",
                "state",
                "kind",
                "due",
                "channel",
            ] {
                if methods.get("get").is_some() {
                    requests.push((Method::GET, format!("{filled}?{parameter}={nonsense}"), None));
                }
            }
        }
        if methods.get("post").is_some() {
            let filled = filled(path, "019aa000-0000-7000-8000-000000000000");
            requests.extend(
                bodies()
                    .into_iter()
                    .map(|body| (Method::POST, filled.clone(), Some(body))),
            );
        }
    }
    println!("{} requests", requests.len());
    let (client, base, token) = (client(), system.console(), system.group().token.clone());
    let mut answers = stream::iter(requests)
        .map(|(method, path, body)| {
            let mut request = client
                .request(method, format!("{base}{path}"))
                .bearer_auth(&token);
            let shown: String = body.iter().flat_map(|body| body.chars().take(200)).collect();
            if let Some(body) = body {
                request = request.header("content-type", "application/json").body(body);
            }
            async move { (path, shown, said(request).await) }
        })
        .buffer_unordered(16);
    let mut failures = Vec::new();
    while let Some((path, body, said)) = answers.next().await {
        if said.status.is_server_error() {
            failures.push(format!("{path} {body}: {} {}", said.status, said.body));
        } else if said.status.is_client_error() {
            said.is_problem(said.status.as_u16());
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures, such as {:#?}",
        failures.len(),
        &failures[..failures.len().min(20)]
    );
    all_ready(&system).await;
}

/// The path with nonsense in place of its parameters.
fn filled(path: &str, nonsense: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { nonsense } else { part });
    parts.collect::<Vec<_>>().join("/")
}
