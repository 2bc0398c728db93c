//! Inputs that could not be taken: why, what was sent, and an editor to correct it and take it again.

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use edina_proto::intake::v1::{ListInputsRequest, ResubmitInputRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{form::Fields, lists};
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::Identity,
    view,
};

const ROWS: u32 = 30;

/// The list's filters, as they stand in the address.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Filter {
    /// accepted, rejected, resubmitted
    #[serde(default)]
    state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    cursor: String,
    /// The input that is shown in the editor.
    #[serde(default, skip_serializing)]
    open: String,
    /// The lead that a correction just became.
    #[serde(default, skip_serializing)]
    taken: String,
    /// A correction that was refused again, which `open` shows.
    #[serde(default, skip_serializing)]
    again: bool,
}

/// `GET /inputs`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(mut filter): Query<Filter>,
) -> Result<Response, Problem> {
    if !["accepted", "resubmitted"].contains(&filter.state.as_str()) {
        filter.state = "rejected".to_owned();
    }
    let page = api::page(Some(ROWS), Some(filter.cursor.clone()))?;
    let reply = gateway
        .ask(
            &who,
            ListInputsRequest {
                state: filter.state.clone(),
                page,
            },
        )
        .await?;
    let open = reply.inputs.iter().find(|input| input.input_id == filter.open);
    let taken = api::id(&filter.taken).ok();
    let data = json!({
        "filter": filter,
        "query": lists::query(&filter),
        "inputs": reply.inputs.iter().map(view::input).collect::<Vec<Value>>(),
        "open": open.map(view::input),
        "taken": taken,
        "again": filter.again,
        "rejected_count": reply.rejected_count,
        "next_cursor": api::next(reply.page),
    });
    gateway.page(&who, "inputs/page.html", "inputs", data).await
}

/// `POST /inputs/{id}/resubmit`
pub async fn resubmit(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let request = ResubmitInputRequest {
        input_id: api::id(&id)?,
        body_text: fields.required("body")?,
    };
    let reply = gateway.ask(&who, request).await?;
    let to = match reply.lead_ids.first() {
        Some(lead_id) => format!("/inputs?taken={lead_id}"),
        // Still not readable: the new text stands in the editor with its new reason.
        None => format!("/inputs?open={}&again=true", reply.input_id),
    };
    Ok(Redirect::to(&to).into_response())
}
