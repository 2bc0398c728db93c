//! Why is this on the card: every source record, what it said, why it was linked; giving one away and taking that back.

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use edina_proto::registry::v1::{
    Card, GetCardRequest, ListRecordsRequest, MoveRecordRequest, SourceRecord, UndoMoveRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    form::{Fields, back},
    home::clients,
    search::others_found,
    weighing,
};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::{Identity, Right},
    view,
};

/// Records on one page.
const RECORDS: u32 = 30;

#[derive(Debug, Default, Deserialize)]
pub struct Look {
    #[serde(default)]
    cursor: String,
    /// The record that somebody wants to give away.
    #[serde(default)]
    part: String,
    /// Text to find whose it is.
    #[serde(default)]
    q: String,
    /// The move just made, and where the record went.
    #[serde(default)]
    moved: String,
    #[serde(default)]
    to: String,
    /// A move was just taken back.
    #[serde(default)]
    undone: bool,
}

/// `GET /clients/{id}/records`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    Query(look): Query<Look>,
) -> Result<Response, Problem> {
    let asked = api::id(&id)?;
    let card = GetCardRequest {
        client_id: asked.clone(),
    };
    let records = ListRecordsRequest {
        client_id: asked.clone(),
        page: api::page(Some(RECORDS), Some(look.cursor.clone()))?,
    };
    let (card, records) = tokio::join!(gateway.ask(&who, card), gateway.ask(&who, records));
    let card = match card {
        // Its last record was just given away: that can be taken back from here.
        Err(problem) if problem.code() == StatusCode::NOT_FOUND && !look.moved.is_empty() => Card {
            client_id: asked.clone(),
            ..Card::default()
        },
        card => card?,
    };
    let records = records?;
    if card.client_id != asked {
        return Ok(Redirect::to(&format!("/clients/{}/records", card.client_id)).into_response());
    }
    let mut others: Vec<String> = records
        .records
        .iter()
        .filter_map(|record| record.moved.as_ref())
        .flat_map(|moved| [moved.from_client_id.clone(), moved.to_client_id.clone()])
        .collect();
    others.push(look.to.clone());
    let sought = if look.part.is_empty() || !who.may(Right::MergeClients) {
        ""
    } else {
        &look.q
    };
    let (others, candidates) = tokio::join!(
        clients(&gateway, &who, others),
        others_found(&gateway, &who, sought, &asked)
    );
    let placed: Vec<Value> = records
        .records
        .iter()
        .map(|record| {
            let mut placed = view::placed(record);
            let said = record.record.as_ref().map_or_else(String::new, name_said);
            let sides = [said.as_str(), card.display_name.as_str()];
            placed["evidence"] = weighing::drawn(placed["evidence"].take(), sides);
            placed
        })
        .collect();
    let data = json!({
        "client": { "client_id": card.client_id, "display_name": card.display_name },
        "record_count": card.source_record_count,
        "records": placed,
        "next_cursor": records.page.map(|page| page.next_cursor).unwrap_or_default(),
        "cursor": look.cursor,
        "part": look.part,
        "part_query": look.q,
        "candidates": candidates,
        "moved": look.moved,
        "moved_to": look.to,
        "undone": look.undone,
        "clients": others,
    });
    gateway.page(&who, "records/page.html", "clients", data).await
}

/// Every word of the name that a record says.
fn name_said(said: &SourceRecord) -> String {
    [
        said.full_name.as_str(),
        &said.last_name,
        &said.first_name,
        &said.middle_name,
    ]
    .join(" ")
}

/// `POST /records/{id}/move`
pub async fn give(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let to_client_id = match fields.get("to_client_id") {
        "" => String::new(),
        named => api::id(named)?,
    };
    let request = MoveRecordRequest {
        source_record_id: api::id(&id)?,
        to_client_id,
    };
    let moved = gateway.ask(&who, request).await?;
    let card = api::id(fields.get("card")).unwrap_or_else(|_| moved.from_client_id.clone());
    Ok(back(&format!(
        "/clients/{card}/records?moved={}&to={}",
        moved.move_id, moved.to_client_id
    )))
}

/// `POST /moves/{id}/undo`
pub async fn take_back(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let request = UndoMoveRequest {
        move_id: api::id(&id)?,
    };
    let undone = gateway.ask(&who, request).await?;
    let card = api::id(fields.get("card")).unwrap_or(undone.from_client_id);
    Ok(back(&format!("/clients/{card}/records?undone=true")))
}
