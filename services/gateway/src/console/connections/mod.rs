//! What Edina is connected to: telephone exchanges, SMS and mail providers, sources of leads, with a health line each.

use axum::{
    Extension,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use edina_proto::{
    calls::v1 as calls,
    intake::v1::{ListSourcesRequest, PutSourceRequest},
    notification::v1 as notification,
};
use serde_json::{Value, json};

use crate::{Gateway, http::problem::Problem, session::Identity, view};

/// `GET /connections`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    page(&gateway, &who, &headers, Value::Null).await
}

/// `POST /sources/{name}/key`: a new key, shown this once.
pub async fn new_key(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sources = gateway.ask(&who, ListSourcesRequest {}).await?.sources;
    let source = sources
        .into_iter()
        .find(|source| source.name == name)
        .ok_or_else(Problem::not_found)?;
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
    let away = json!({ "calls": exchanges.is_err(), "notification": providers.is_err(), "intake": sources.is_err() });
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
    let host = headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let here = gateway
        .config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{host}"));
    let data = json!({
        "connections": connections,
        "sources": sources.unwrap_or_default().sources.iter().map(view::source).collect::<Vec<_>>(),
        "away": away,
        "fresh": fresh,
        "address": here.trim_end_matches('/'),
    });
    gateway
        .page(who, "connections/page.html", "connections", data)
        .await
}
