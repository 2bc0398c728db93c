//! What people put right, add and relate on a card, and take back.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use edina_proto::{
    registry::v1::{
        AddByHandRequest, CorrectFieldRequest, PutRelationRequest, UndoCorrectionRequest, UndoRelationRequest,
    },
    time::to_proto,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{id, source_records};
use crate::{
    Gateway,
    http::{body::JsonBody, problem::Problem},
    session::Identity,
    view,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    field: String,
    value: String,
}

/// `POST /api/v1/clients/{id}/corrections`
pub async fn correct(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    JsonBody(correction): JsonBody<Correction>,
) -> Result<Json<Value>, Problem> {
    let request = CorrectFieldRequest {
        client_id: id(&client)?,
        field: correction.field,
        value: correction.value,
    };
    let reply = gateway.ask(&who, request).await?;
    Ok(Json(json!({ "correction_id": reply.correction_id })))
}

/// `POST /api/v1/corrections/{id}/undo`
pub async fn undo(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(correction): Path<String>,
) -> Result<Json<Value>, Problem> {
    let request = UndoCorrectionRequest {
        correction_id: id(&correction)?,
    };
    let reply = gateway.ask(&who, request).await?;
    Ok(Json(json!({ "client_id": reply.client_id })))
}

/// `POST /api/v1/clients/{id}/records`: what an employee learned, in the shape of a DMS record without its kind.
pub async fn add(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    JsonBody(given): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let record = source_records::by_hand(given).map_err(Problem::fields)?;
    let request = AddByHandRequest {
        client_id: id(&client)?,
        record: Some(record),
    };
    let reply = gateway.ask(&who, request).await?;
    Ok(Json(json!({ "source_record_id": reply.source_record_id })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRelation {
    other_client_id: String,
    /// sole_proprietorship, household, employer: what the other client is to this one.
    kind: String,
    #[serde(default)]
    position: String,
    #[serde(default)]
    buyer_role: String,
    since: Option<chrono::DateTime<chrono::Utc>>,
    until: Option<chrono::DateTime<chrono::Utc>>,
}

/// `POST /api/v1/clients/{id}/relations`
pub async fn relate(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    JsonBody(new): JsonBody<NewRelation>,
) -> Result<Json<Value>, Problem> {
    let request = PutRelationRequest {
        client_id: id(&client)?,
        other_client_id: id(&new.other_client_id)?,
        kind: new.kind,
        position: new.position,
        buyer_role: new.buyer_role,
        since: new.since.map(to_proto),
        until: new.until.map(to_proto),
    };
    Ok(Json(view::relation(&gateway.ask(&who, request).await?)))
}

/// `POST /api/v1/relations/{id}/undo`
pub async fn unrelate(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(relation): Path<String>,
) -> Result<Json<Value>, Problem> {
    let request = UndoRelationRequest {
        relation_id: id(&relation)?,
    };
    Ok(Json(view::relation(&gateway.ask(&who, request).await?)))
}
