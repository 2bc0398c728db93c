//! What Edina is connected to: telephone exchanges, SMS and mail providers, sources of leads, each with a health line.

use axum::{Extension, extract::State, http::HeaderMap, response::Response};
use edina_proto::{
    calls::v1 as calls,
    intake::v1::{ListSourcesRequest, PutSourceRequest, Source},
    notification::v1 as notification,
};
use serde_json::{Value, json};

use super::{form::Fields, lists};
use crate::{Gateway, http::problem::Problem, session::Identity, view};

/// Channels whose senders need a key.
const CHANNELS: [&str; 2] = ["adf", "form"];
const MOST_MINUTES: u32 = 7 * 24 * 60;

/// `GET /connections`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    page(&gateway, &who, &headers, Value::Null).await
}

/// `POST /connections`: a new source, or a new key for the one named in `renew`. The key is shown this once.
pub async fn put(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let known = gateway.ask(&who, ListSourcesRequest {}).await?.sources;
    let known = |name: &str| known.iter().find(|source| source.name == name).cloned();
    let renew = fields.get("renew");
    let source = if renew.is_empty() {
        let source = read(&fields)?;
        if known(&source.name).is_some() {
            return Err(Problem::field(
                "name",
                "is taken",
                "a name that no other source has",
            ));
        }
        source
    } else {
        known(renew).ok_or_else(Problem::not_found)?
    };
    if !CHANNELS.contains(&source.channel.as_str()) {
        return Err(Problem::field(
            "channel",
            "needs no key",
            "a source of web forms or ADF",
        ));
    }
    let name = source.name.clone();
    let reply = gateway
        .ask(
            &who,
            PutSourceRequest {
                source: Some(source),
                new_key: true,
            },
        )
        .await?;
    page(
        &gateway,
        &who,
        &headers,
        json!({ "source": name, "key": reply.key }),
    )
    .await
}

fn read(fields: &Fields) -> Result<Source, Problem> {
    let minutes = match fields.get("answer_minutes") {
        "" => 15,
        text => text
            .parse::<u32>()
            .ok()
            .filter(|minutes| (1..=MOST_MINUTES).contains(minutes))
            .ok_or_else(|| {
                Problem::field(
                    "answer_minutes",
                    "is no number in range",
                    format!("1 to {MOST_MINUTES}"),
                )
            })?,
    };
    Ok(Source {
        name: fields.required("name")?.to_lowercase(),
        display_name: fields.text("display_name"),
        channel: fields.required("channel")?,
        branch_id: fields.text("branch_id"),
        default_topic: fields.text("default_topic"),
        answer_minutes: minutes,
        ..Source::default()
    })
}

async fn page(
    gateway: &Gateway,
    who: &Identity,
    headers: &HeaderMap,
    fresh: Value,
) -> Result<Response, Problem> {
    let (exchanges, providers, sources) = tokio::join!(
        gateway.ask(who, calls::ListConnectionsRequest {}),
        gateway.ask(who, notification::ListConnectionsRequest {}),
        gateway.ask(who, ListSourcesRequest {}),
    );
    let away: Vec<&str> = [
        ("telephony", exchanges.is_err()),
        ("messages", providers.is_err()),
        ("intake", sources.is_err()),
    ]
    .into_iter()
    .filter_map(|(part, away)| away.then_some(part))
    .collect();
    let mut connections: Vec<Value> = exchanges
        .unwrap_or_default()
        .connections
        .iter()
        .map(view::pbx_connection)
        .collect();
    connections.extend(
        providers
            .unwrap_or_default()
            .connections
            .iter()
            .map(view::provider_connection),
    );
    let troubled = connections.iter().filter(|one| one["state"] != "up").count();
    let people = gateway.people(&who.group).await?;
    let host = headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let address = gateway
        .config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{host}"));
    let data = json!({
        "connections": connections,
        "troubled": troubled + away.len(),
        "sources": sources.unwrap_or_default().sources.iter().map(view::source).collect::<Vec<_>>(),
        "away": away,
        "fresh": fresh,
        "branch_ids": lists::branches(&people, who),
        "address": address.trim_end_matches('/'),
    });
    gateway
        .page(who, "connections/page.html", "connections", data)
        .await
}
