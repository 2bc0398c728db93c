//! Finding clients, their cards and timelines; notes, merging and taking a merge back.

use axum::{
    Extension, Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use edina_proto::registry::v1::{
    AddNoteRequest, GetCardRequest, GetTimelineRequest, MergeClientsRequest, SearchClientsRequest,
    UndoMergeRequest,
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

const LONGEST_QUERY: usize = 200;

#[derive(Debug, Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    limit: Option<u32>,
    /// Companies that are no more, too.
    #[serde(default)]
    include_liquidated: bool,
    /// client, prospect, partner; all when missing.
    #[serde(default)]
    mark: String,
}

/// `GET /api/v1/clients?q=`, or `?mark=`
pub async fn search(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(search): Params<Search>,
) -> Result<Response, Problem> {
    let query = search.q.trim().to_owned();
    if query.is_empty() && search.mark.is_empty() || query.chars().count() > LONGEST_QUERY {
        return Err(Problem::field(
            "q",
            "is missing or too long",
            "a phone in any format, a name, an e-mail, a messenger, a VIN, a plate or an INN, up to 200 characters; \
             may be left out where there is a mark",
        ));
    }
    let limit = search.limit.unwrap_or(20).clamp(1, 100);
    let request = SearchClientsRequest {
        query,
        limit,
        include_liquidated: search.include_liquidated,
        mark: search.mark,
    };
    let found = gateway.ask(&who, request).await?;
    Ok(Json(view::Hits::of(&found.clients)).into_response())
}

/// `GET /api/v1/clients/{id}`
pub async fn card(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
) -> Result<Json<Value>, Problem> {
    let card = gateway
        .ask(
            &who,
            GetCardRequest {
                client_id: id(&client)?,
            },
        )
        .await?;
    Ok(Json(view::card(&card)))
}

#[derive(Debug, Deserialize)]
pub struct Timeline {
    limit: Option<u32>,
    cursor: Option<String>,
    /// Kinds of entries, separated by commas.
    kinds: Option<String>,
}

/// `GET /api/v1/clients/{id}/timeline`
pub async fn timeline(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    Params(params): Params<Timeline>,
) -> Result<Json<Value>, Problem> {
    let kinds = params.kinds.unwrap_or_default();
    let request = GetTimelineRequest {
        client_id: id(&client)?,
        page: page(params.limit, params.cursor)?,
        kinds: kinds
            .split(',')
            .filter(|kind| !kind.is_empty())
            .take(32)
            .map(str::to_owned)
            .collect(),
    };
    let timeline = gateway.ask(&who, request).await?;
    let entries: Vec<Value> = timeline.entries.iter().map(view::entry).collect();
    Ok(Json(
        json!({ "entries": entries, "next_cursor": next(timeline.page) }),
    ))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    text: String,
    #[serde(default)]
    kind: Option<String>,
}

/// `POST /api/v1/clients/{id}/notes`
pub async fn note(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    JsonBody(note): JsonBody<Note>,
) -> Result<Json<Value>, Problem> {
    let request = AddNoteRequest {
        client_id: id(&client)?,
        text: note.text,
        kind: note.kind.unwrap_or_else(|| "note".to_owned()),
        due_at: None,
    };
    let entry = gateway.ask(&who, request).await?;
    Ok(Json(view::entry(&entry)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    other_client_id: String,
    #[serde(default)]
    reason: String,
}

/// `POST /api/v1/clients/{id}/merge`
pub async fn merge(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(client): Path<String>,
    JsonBody(merge): JsonBody<Merge>,
) -> Result<Json<Value>, Problem> {
    let client_id = id(&client)?;
    let other_client_id = id(&merge.other_client_id)
        .map_err(|_| Problem::field("other_client_id", "is no client id", "the id of the other client"))?;
    if client_id == other_client_id {
        return Err(Problem::field(
            "other_client_id",
            "is the same client",
            "the id of another client",
        ));
    }
    let merged = gateway
        .ask(
            &who,
            MergeClientsRequest {
                client_id,
                other_client_id,
                reason: merge.reason,
            },
        )
        .await?;
    Ok(Json(
        json!({ "merge_id": merged.merge_id, "client_id": merged.client_id }),
    ))
}

/// `POST /api/v1/merges/{id}/undo`
pub async fn unmerge(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(merge): Path<String>,
) -> Result<Json<Value>, Problem> {
    let undone = gateway
        .ask(
            &who,
            UndoMergeRequest {
                merge_id: id(&merge)?,
            },
        )
        .await?;
    Ok(Json(
        json!({ "client_id": undone.client_id, "other_client_id": undone.other_client_id }),
    ))
}
