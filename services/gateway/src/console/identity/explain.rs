//! Why two are one client, or why they are not.

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use edina_proto::registry::v1::{ExplainPairRequest, SearchClientsRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{home::clients, weighing};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::Identity,
    view,
};

/// Clients offered for the missing side.
const OFFERED: u32 = 8;
const LONGEST_QUERY: usize = 200;

#[derive(Debug, Default, Deserialize)]
pub struct Look {
    /// A source record or a client; empty: to be chosen.
    #[serde(default)]
    left: String,
    #[serde(default)]
    right: String,
    /// Text to find the missing side.
    #[serde(default)]
    q: String,
}

/// `GET /identity/explain?left=…&right=…`
pub async fn explain(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(look): Query<Look>,
) -> Result<Response, Problem> {
    let side = |text: &str| match text.trim() {
        "" => Ok(String::new()),
        named => api::id(named),
    };
    let (mut left, mut right) = (side(&look.left)?, side(&look.right)?);
    if left.is_empty() {
        std::mem::swap(&mut left, &mut right);
    }
    let mut told = Value::Null;
    if !left.is_empty() && !right.is_empty() && left != right {
        let request = ExplainPairRequest {
            left_id: left.clone(),
            right_id: right.clone(),
        };
        told = view::explanation(&gateway.ask(&who, request).await?);
        told["evidence"] = weighing::drawn(told["evidence"].take());
    }
    let mut shown = vec![left.clone(), right.clone()];
    for side in ["left_client_id", "right_client_id"] {
        shown.extend(told[side].as_str().map(str::to_owned));
    }
    let (names, candidates) = tokio::join!(
        clients(&gateway, &who, shown),
        candidates(&gateway, &who, &look.q, &left)
    );
    let data = json!({
        "left": left,
        "right": right,
        "told": told,
        "clients": names,
        "pair_query": look.q,
        "candidates": candidates,
    });
    gateway.page(&who, "identity/explain.html", "clients", data).await
}

async fn candidates(gateway: &Gateway, who: &Identity, query: &str, own: &str) -> Vec<Value> {
    let query: String = query.trim().chars().take(LONGEST_QUERY).collect();
    if query.is_empty() {
        return Vec::new();
    }
    let request = SearchClientsRequest {
        query,
        limit: OFFERED,
        // A liquidated company may still be meant.
        include_liquidated: true,
    };
    let found = gateway.ask(who, request).await.unwrap_or_default();
    let others = found
        .clients
        .iter()
        .filter(|hit| hit.client.as_ref().is_some_and(|client| client.client_id != own));
    others.map(view::hit).collect()
}
