//! What decides who is who: the model in use, those learned before, thresholds, taking back what a model did.

use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use edina_proto::registry::v1::{
    GetIdentitySettingsRequest, SetIdentitySettingsRequest, TrainModelRequest, UndoModelRequest,
};
use serde::Deserialize;
use serde_json::json;

use super::super::form::{Fields, back};
use crate::{Gateway, http::problem::Problem, session::Identity, view};

/// What must be typed before a model's work is taken back, in either language.
const WORDS: [&str; 2] = ["ОТМЕНИТЬ", "UNDO"];

#[derive(Debug, Default, Deserialize)]
pub struct Look {
    /// What was just done: set, learned, running, few, undone, word.
    #[serde(default)]
    done: String,
    #[serde(default)]
    merges: i64,
    #[serde(default)]
    moves: i64,
    #[serde(default)]
    records: i64,
}

/// `GET /identity`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(look): Query<Look>,
) -> Result<Response, Problem> {
    let settings = gateway.ask(&who, GetIdentitySettingsRequest {}).await?;
    let data = json!({
        "settings": view::identity_settings(&settings),
        "done_now": look.done,
        "undone_merges": look.merges,
        "undone_moves": look.moves,
        "undone_records": look.records,
    });
    gateway.page(&who, "identity/page.html", "identity", data).await
}

/// `POST /identity/settings`
pub async fn set(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let bits = |name: &'static str| match fields.get(name) {
        "" => Ok(None),
        text => text
            .replace(',', ".")
            .parse::<f64>()
            .map(Some)
            .map_err(|_| Problem::field(name, "is no number", "bits, from -20 to 40")),
    };
    let model_version = match fields.get("model_version") {
        "" => None,
        text => Some(version(text)?),
    };
    let request = SetIdentitySettingsRequest {
        model_version,
        link_bits: bits("link_bits")?,
        ask_bits: bits("ask_bits")?,
    };
    gateway.ask(&who, request).await?;
    Ok(back("/identity?done=set"))
}

fn version(text: &str) -> Result<i32, Problem> {
    text.parse()
        .map_err(|_| Problem::field("model_version", "is no number", "a model's number"))
}

/// `POST /identity/train`
pub async fn train(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Response, Problem> {
    let done = match gateway.begin(&who, TrainModelRequest {}).await {
        Ok(Some(_)) => "learned",
        Ok(None) => "running",
        Err(problem) if problem.code() == StatusCode::CONFLICT => "few",
        Err(problem) => return Err(problem),
    };
    Ok(back(&format!("/identity?done={done}")))
}

/// `POST /identity/undo-model`
pub async fn undo_model(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let model_version = version(&fields.required("model_version")?)?;
    if !WORDS.contains(&fields.get("word").to_uppercase().as_str()) {
        return Ok(back("/identity?done=word"));
    }
    let undone = gateway.begin(&who, UndoModelRequest { model_version }).await?;
    Ok(back(&undone.map_or_else(
        || "/identity?done=running".to_owned(),
        |undone| {
            format!(
                "/identity?done=undone&merges={}&moves={}&records={}",
                undone.merges, undone.moves, undone.records
            )
        },
    )))
}
