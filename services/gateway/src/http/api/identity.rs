//! Who is who: why or why not, the model that decides, learning a new one, taking one's work back.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use edina_proto::registry::v1::{
    ExplainPairRequest, GetIdentitySettingsRequest, SetIdentitySettingsRequest, TrainModelRequest,
    UndoModelRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Params, id};
use crate::{
    Gateway,
    http::{body::JsonBody, problem::Problem},
    session::Identity,
    view,
};

/// Two source records or clients, in any combination.
#[derive(Debug, Deserialize)]
pub struct Pair {
    #[serde(default)]
    left: String,
    #[serde(default)]
    right: String,
}

/// `GET /api/v1/identity/explain?left=…&right=…`
pub async fn explain(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(pair): Params<Pair>,
) -> Result<Json<Value>, Problem> {
    let side = |name: &str, text: &str| {
        id(text).map_err(|_| Problem::field(name, "is no id", "the id of a source record or of a client"))
    };
    let request = ExplainPairRequest {
        left_id: side("left", &pair.left)?,
        right_id: side("right", &pair.right)?,
    };
    Ok(Json(view::explanation(&gateway.ask(&who, request).await?)))
}

/// `GET /api/v1/identity/settings`
pub async fn settings(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Json<Value>, Problem> {
    let settings = gateway.ask(&who, GetIdentitySettingsRequest {}).await?;
    Ok(Json(view::identity_settings(&settings)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    model_version: Option<i32>,
    link_bits: Option<f64>,
    ask_bits: Option<f64>,
}

/// `POST /api/v1/identity/settings`
pub async fn set(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Json<Value>, Problem> {
    let request = SetIdentitySettingsRequest {
        model_version: wanted.model_version,
        link_bits: wanted.link_bits,
        ask_bits: wanted.ask_bits,
    };
    Ok(Json(view::identity_settings(&gateway.ask(&who, request).await?)))
}

/// `POST /api/v1/identity/train`: the model, or 202 when learning takes longer than anybody waits.
pub async fn train(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Response, Problem> {
    let learned = gateway.begin(&who, TrainModelRequest {}).await?;
    Ok(done_or_running(learned.as_ref().map(view::identity_model)))
}

fn done_or_running(done: Option<Value>) -> Response {
    match done {
        Some(done) => Json(done).into_response(),
        None => (StatusCode::ACCEPTED, Json(json!({ "state": "running" }))).into_response(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    model_version: i32,
}

/// `POST /api/v1/identity/undo-model`: what was taken back, or 202 when it takes longer than anybody waits.
pub async fn undo_model(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    JsonBody(which): JsonBody<Which>,
) -> Result<Response, Problem> {
    let request = UndoModelRequest {
        model_version: which.model_version,
    };
    let undone = gateway.begin(&who, request).await?;
    Ok(done_or_running(undone.map(
        |undone| json!({ "merges": undone.merges, "moves": undone.moves, "records": undone.records }),
    )))
}
