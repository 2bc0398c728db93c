//! What can be done on a card; each leads back to it.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use edina_proto::registry::v1::{AddNoteRequest, MergeClientsRequest, UndoMergeRequest};

use super::{super::act::Act, to_card};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::Identity,
};

/// `POST /clients/{id}/notes`
pub async fn note(act: Act) -> Result<Response, Problem> {
    let client_id = act.id()?;
    let kind = if act.fields.get("kind") == "promise" {
        "promise"
    } else {
        "note"
    };
    let request = AddNoteRequest {
        client_id: client_id.clone(),
        text: act.fields.required("text")?,
        kind: kind.to_owned(),
        due_at: None,
    };
    act.ask(request).await?;
    Ok(to_card(&client_id))
}

/// `POST /clients/{id}/merge`
pub async fn merge(act: Act) -> Result<Response, Problem> {
    let request = MergeClientsRequest {
        client_id: act.id()?,
        other_client_id: api::id(act.fields.get("other_client_id"))?,
        reason: act.fields.text("reason"),
    };
    let merged = act.ask(request).await?;
    Ok(to_card(&merged.client_id))
}

/// `POST /merges/{id}/undo`
pub async fn unmerge(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let request = UndoMergeRequest {
        merge_id: api::id(&id)?,
    };
    let undone = gateway.ask(&who, request).await?;
    Ok(to_card(&undone.client_id))
}
