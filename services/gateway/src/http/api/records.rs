//! The source records of a card: why each is there, and giving one to another client.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use edina_proto::registry::v1::{ListRecordsRequest, MoveRecordRequest, UndoMoveRequest};
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
pub struct Which {
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /api/v1/clients/{id}/records`
pub async fn list(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    Params(which): Params<Which>,
) -> Result<Json<Value>, Problem> {
    let request = ListRecordsRequest {
        client_id: id(&client)?,
        page: page(which.limit, which.cursor)?,
    };
    let reply = gateway.ask(&who, request).await?;
    let records: Vec<Value> = reply.records.iter().map(view::placed).collect();
    Ok(Json(
        json!({ "records": records, "next_cursor": next(reply.page) }),
    ))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Absent or empty: a new client.
    #[serde(default)]
    to_client_id: String,
}

/// `POST /api/v1/records/{id}/move`
pub async fn give(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(record): Path<String>,
    JsonBody(target): JsonBody<Target>,
) -> Result<Json<Value>, Problem> {
    let to_client_id = match target.to_client_id.as_str() {
        "" => String::new(),
        named => id(named).map_err(|_| {
            Problem::field(
                "to_client_id",
                "is no client id",
                "a client's id, or none for a new client",
            )
        })?,
    };
    let request = MoveRecordRequest {
        source_record_id: id(&record)?,
        to_client_id,
    };
    Ok(Json(view::moved(&gateway.ask(&who, request).await?)))
}

/// `POST /api/v1/moves/{id}/undo`
pub async fn take_back(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(moved): Path<String>,
) -> Result<Json<Value>, Problem> {
    let request = UndoMoveRequest { move_id: id(&moved)? };
    Ok(Json(view::moved(&gateway.ask(&who, request).await?)))
}
