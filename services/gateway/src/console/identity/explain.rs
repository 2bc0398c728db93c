//! Why two are one client, or why they are not.

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use edina_proto::registry::v1::ExplainPairRequest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{home::clients, search::others_found, weighing};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::Identity,
    view,
};

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
    }
    let mut shown = vec![left.clone(), right.clone()];
    for side in ["left_client_id", "right_client_id"] {
        shown.extend(told[side].as_str().map(str::to_owned));
    }
    let (names, candidates) = tokio::join!(
        clients(&gateway, &who, shown),
        others_found(&gateway, &who, &look.q, &left)
    );
    let sides = ["left_client_id", "right_client_id"]
        .map(|side| weighing::name_in(&names, told[side].as_str().unwrap_or_default()).to_owned());
    let sides = sides.each_ref().map(String::as_str);
    if told.is_object() {
        told["evidence"] = weighing::drawn(told["evidence"].take(), sides);
        for link in told["links"].as_array_mut().into_iter().flatten() {
            link["evidence"] = weighing::drawn(link["evidence"].take(), ["", ""]);
        }
    }
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
