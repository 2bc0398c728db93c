//! Callbacks by deadline: who waits, since when, whose it is.

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use edina_proto::calls::v1::ListTasksRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{home::clients, lists};
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

/// The list's filters, as they stand in the address.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Filter {
    /// done; empty for what is open.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    branch: String,
    /// An employee's id; `me` for the requester's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    owner: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    cursor: String,
}

/// `GET /tasks`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let owner = if filter.owner == "me" {
        who.employee_id()
    } else {
        &filter.owner
    };
    let request = ListTasksRequest {
        page: api::page(Some(ROWS), Some(filter.cursor.clone()))?,
        state: if filter.state == "done" { "done" } else { "open" }.to_owned(),
        branch_id: filter.branch.clone(),
        owner_employee_id: owner.to_owned(),
        ..ListTasksRequest::default()
    };
    let (reply, people) = tokio::join!(
        calls::tasks_within_scope(&gateway, &who, request),
        gateway.people(&who.group),
    );
    let (reply, people) = (reply?, people?);
    let ids = reply.tasks.iter().map(|task| task.client_id.clone()).collect();
    let data = json!({
        "filter": filter,
        "query": lists::query(&filter),
        "filtered": !(filter.branch.is_empty() && filter.owner.is_empty()),
        "tasks": reply.tasks.iter().map(view::task).collect::<Vec<Value>>(),
        "open_count": reply.open_count,
        "overdue_count": reply.tasks.iter().filter(|task| task.overdue).count(),
        "clients": clients(&gateway, &who, ids).await,
        "branch_ids": lists::branches(&people, &who),
        "owners": lists::everybody(&people, &who),
        "next_cursor": api::next(reply.page),
    });
    gateway.page(&who, "tasks/page.html", "tasks", data).await
}
