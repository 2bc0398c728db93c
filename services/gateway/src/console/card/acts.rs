//! What can be done on a card; each leads back to it.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use edina_proto::registry::v1::{AddNoteRequest, MergeClientsRequest, UndoMergeRequest};

use super::super::form::{Fields, back};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::Identity,
};

/// `POST /clients/{id}/notes`
pub async fn note(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let client_id = api::id(&id)?;
    let kind = if fields.get("kind") == "promise" {
        "promise"
    } else {
        "note"
    };
    let request = AddNoteRequest {
        client_id: client_id.clone(),
        text: fields.required("text")?,
        kind: kind.to_owned(),
        due_at: None,
    };
    gateway.ask(&who, request).await?;
    Ok(back(&format!("/clients/{client_id}")))
}

/// `POST /clients/{id}/merge`
pub async fn merge(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let request = MergeClientsRequest {
        client_id: api::id(&id)?,
        other_client_id: api::id(fields.get("other_client_id"))?,
        reason: fields.text("reason"),
    };
    let merged = gateway.ask(&who, request).await?;
    Ok(back(&format!("/clients/{}", merged.client_id)))
}

/// `POST /merges/{id}/undo`
pub async fn unmerge(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let undone = gateway
        .ask(
            &who,
            UndoMergeRequest {
                merge_id: api::id(&id)?,
            },
        )
        .await?;
    Ok(back(&format!("/clients/{}", undone.client_id)))
}
