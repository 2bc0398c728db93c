//! Calls with the columns of the two call reports (R46, R47); the chosen one with its story beside the list.

mod acts;
mod story;

pub use acts::{complete, dial, result};

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use edina_proto::{
    calls::v1::{Call, ListCallsRequest},
    words::CALL_RESULTS,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::home::clients;
use crate::{
    Gateway,
    http::{
        api::{self, calls},
        problem::Problem,
    },
    session::Identity,
    view,
};

const ROWS: u32 = 50;
/// What can have become of a call, in the order of the filter.
const OUTCOMES: [&str; 6] = ["answered", "missed", "abandoned", "busy", "no_answer", "failed"];

/// The list's filters, as they stand in the address.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Filter {
    /// inbound, outbound, internal; empty for all calls.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    tab: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    outcome: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    branch: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    employee: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    cursor: String,
    /// The call whose story is shown.
    #[serde(default, skip_serializing)]
    open: String,
}

/// `GET /calls`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    if filter.tab == "tasks" {
        return Ok(Redirect::to("/tasks").into_response());
    }
    let request = ListCallsRequest {
        page: api::page(Some(ROWS), Some(filter.cursor.clone()))?,
        direction: filter.tab.clone(),
        outcome: filter.outcome.clone(),
        branch_id: filter.branch.clone(),
        employee_id: filter.employee.clone(),
        ..ListCallsRequest::default()
    };
    let (reply, open) = tokio::join!(
        calls::within_scope(&gateway, &who, request),
        opened(&gateway, &who, &filter.open),
    );
    let (reply, open) = (reply?, open?);
    let ids = reply
        .calls
        .iter()
        .chain(&open)
        .map(|call| call.client_id.clone())
        .collect();
    let (clients, people) = tokio::join!(clients(&gateway, &who, ids), gateway.people(&who.group));
    let people = people?;
    let data = json!({
        "filter": filter,
        "query": super::lists::query(&filter),
        "filtered": !(filter.outcome.is_empty() && filter.branch.is_empty() && filter.employee.is_empty()),
        "outcomes": OUTCOMES,
        "results": CALL_RESULTS,
        "calls": reply.calls.iter().map(view::call).collect::<Vec<Value>>(),
        "open": open.as_ref().map(|call| story::of(call, &people)),
        "clients": clients,
        "branch_ids": super::lists::branches(&people, &who),
        "answering": super::lists::with_extension(&people, &who),
        "next_cursor": api::next(reply.page),
    });
    gateway.page(&who, "calls/page.html", "calls", data).await
}

async fn opened(gateway: &Gateway, who: &Identity, id: &str) -> Result<Option<Call>, Problem> {
    if id.is_empty() {
        return Ok(None);
    }
    calls::visible(gateway, who, id).await.map(Some)
}

/// `GET /calls/{id}`: the list with this call's story.
pub async fn one(Path(id): Path<String>) -> Result<Response, Problem> {
    let id = api::id(&id)?;
    Ok(Redirect::to(&format!("/calls?open={id}")).into_response())
}
