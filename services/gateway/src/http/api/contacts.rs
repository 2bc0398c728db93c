//! Contacts that hold and contacts that do not: what to confirm, what people answer, how long a contact counts as current.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use edina_proto::registry::v1::{
    AnswerContactRequest, FreshnessLimits, GetFreshnessLimitsRequest, ListContactsToConfirmRequest,
    SetFreshnessLimitRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Params, id, next, page};
use crate::{
    Gateway,
    http::{body::JsonBody, problem::Problem},
    session::Identity,
    view,
};

#[derive(Debug, Deserialize)]
pub struct Asked {
    limit: Option<u32>,
    cursor: Option<String>,
    /// phone, email, address; all when missing.
    kind: Option<String>,
}

/// `GET /api/v1/contacts-to-confirm`
pub async fn to_confirm(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(asked): Params<Asked>,
) -> Result<Json<Value>, Problem> {
    let request = ListContactsToConfirmRequest {
        page: page(asked.limit, asked.cursor)?,
        kind: asked.kind.unwrap_or_default(),
    };
    let reply = gateway.ask(&who, request).await?;
    let contacts: Vec<Value> = reply.contacts.iter().map(view::contact_to_confirm).collect();
    Ok(Json(json!({
        "contacts": contacts, "next_cursor": next(reply.page), "catching_up": reply.catching_up,
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    kind: String,
    value: String,
    /// confirmed, wrong
    answer: String,
    /// Of a messenger.
    #[serde(default)]
    network: String,
    /// What confirmed it: person, click, visit, document; a person when missing.
    #[serde(default)]
    by: String,
    /// The click, visit or document.
    #[serde(default)]
    ref_id: String,
}

/// `POST /api/v1/clients/{id}/contacts/answer`
pub async fn answer(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    JsonBody(answer): JsonBody<Answer>,
) -> Result<Json<Value>, Problem> {
    let request = AnswerContactRequest {
        client_id: id(&client)?,
        kind: answer.kind,
        value: answer.value,
        answer: answer.answer,
        network: answer.network,
        by: answer.by,
        ref_id: answer.ref_id,
    };
    let reply = gateway.ask(&who, request).await?;
    Ok(Json(json!({ "correction_id": reply.correction_id })))
}

/// `GET /api/v1/freshness-limits`
pub async fn limits(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Json<Value>, Problem> {
    let limits = gateway.ask(&who, GetFreshnessLimitsRequest {}).await?;
    Ok(Json(json!({ "limits": shown(&limits) })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    kind: String,
    segment: String,
    days: u32,
}

/// `POST /api/v1/freshness-limits`
pub async fn set_limit(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    JsonBody(limit): JsonBody<Limit>,
) -> Result<Json<Value>, Problem> {
    let request = SetFreshnessLimitRequest {
        kind: limit.kind,
        segment: limit.segment,
        days: limit.days,
    };
    let limits = gateway.ask(&who, request).await?;
    Ok(Json(json!({ "limits": shown(&limits) })))
}

/// Limits as JSON.
pub fn shown(limits: &FreshnessLimits) -> Vec<Value> {
    let limits = limits.limits.iter();
    limits
        .map(|limit| json!({ "kind": limit.kind, "segment": limit.segment, "days": limit.days }))
        .collect()
}
