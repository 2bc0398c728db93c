//! Calls, their results, and tasks.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use edina_proto::calls::v1::{
    Call, CompleteTaskRequest, GetCallRequest, ListCallsReply, ListCallsRequest, ListTasksReply,
    ListTasksRequest, RecordResultRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Params, id, merged, next, page};
use crate::{
    Gateway,
    http::{body::JsonBody, problem::Problem},
    session::Identity,
    view,
};

#[derive(Debug, Deserialize)]
pub struct Filter {
    limit: Option<u32>,
    cursor: Option<String>,
    client_id: Option<String>,
    direction: Option<String>,
    outcome: Option<String>,
    branch_id: Option<String>,
    employee_id: Option<String>,
}

/// `GET /api/v1/calls`
pub async fn list(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(filter): Params<Filter>,
) -> Result<Json<Value>, Problem> {
    let request = ListCallsRequest {
        page: page(filter.limit, filter.cursor)?,
        client_ids: merged(&gateway, &who, filter.client_id).await?,
        direction: filter.direction.unwrap_or_default(),
        outcome: filter.outcome.unwrap_or_default(),
        branch_id: filter.branch_id.unwrap_or_default(),
        employee_id: filter.employee_id.unwrap_or_default(),
        ..ListCallsRequest::default()
    };
    let reply = within_scope(&gateway, &who, request).await?;
    let calls: Vec<Value> = reply.calls.iter().map(view::call).collect();
    Ok(Json(json!({ "calls": calls, "next_cursor": next(reply.page) })))
}

/// Calls of the requester's branches only.
pub async fn within_scope(
    gateway: &Gateway,
    who: &Identity,
    mut request: ListCallsRequest,
) -> Result<ListCallsReply, Problem> {
    if request.branch_id.is_empty() && who.branches.len() == 1 {
        request.branch_id.clone_from(&who.branches[0]);
    }
    let mut reply = gateway.ask(who, request).await?;
    reply.calls.retain(|call| who.sees_branch(&call.branch_id));
    Ok(reply)
}

/// A call, if it is within the requester's sight.
pub async fn visible(gateway: &Gateway, who: &Identity, call_id: &str) -> Result<Call, Problem> {
    let call = gateway
        .ask(
            who,
            GetCallRequest {
                call_id: id(call_id)?,
            },
        )
        .await?;
    if who.sees_branch(&call.branch_id) {
        Ok(call)
    } else {
        Err(Problem::not_found())
    }
}

/// `GET /api/v1/calls/{id}`
pub async fn one(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(call): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(view::call(&visible(&gateway, &who, &call).await?)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallResult {
    result: String,
    #[serde(default)]
    next_step: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    topic: String,
}

/// `POST /api/v1/calls/{id}/result`
pub async fn result(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(call): Path<String>,
    JsonBody(result): JsonBody<CallResult>,
) -> Result<Json<Value>, Problem> {
    let call_id = visible(&gateway, &who, &call).await?.call_id;
    let CallResult {
        result,
        next_step,
        note,
        topic,
    } = result;
    let call = gateway
        .ask(
            &who,
            RecordResultRequest {
                call_id,
                result,
                next_step,
                note,
                topic,
            },
        )
        .await?;
    Ok(Json(view::call(&call)))
}

#[derive(Debug, Deserialize)]
pub struct TaskFilter {
    limit: Option<u32>,
    cursor: Option<String>,
    client_id: Option<String>,
    owner_employee_id: Option<String>,
    branch_id: Option<String>,
    state: Option<String>,
}

/// `GET /api/v1/tasks`
pub async fn tasks(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(filter): Params<TaskFilter>,
) -> Result<Json<Value>, Problem> {
    let request = ListTasksRequest {
        page: page(filter.limit, filter.cursor)?,
        owner_employee_id: filter.owner_employee_id.unwrap_or_default(),
        client_ids: merged(&gateway, &who, filter.client_id).await?,
        branch_id: filter.branch_id.unwrap_or_default(),
        state: filter.state.unwrap_or_else(|| "open".to_owned()),
        ..ListTasksRequest::default()
    };
    let reply = tasks_within_scope(&gateway, &who, request).await?;
    let tasks: Vec<Value> = reply.tasks.iter().map(view::task).collect();
    Ok(Json(
        json!({ "tasks": tasks, "open_count": reply.open_count, "next_cursor": next(reply.page) }),
    ))
}

/// Tasks of the requester's branches only.
pub async fn tasks_within_scope(
    gateway: &Gateway,
    who: &Identity,
    mut request: ListTasksRequest,
) -> Result<ListTasksReply, Problem> {
    if request.branch_id.is_empty() && who.branches.len() == 1 {
        request.branch_id.clone_from(&who.branches[0]);
    }
    let mut reply = gateway.ask(who, request).await?;
    reply.tasks.retain(|task| who.sees_branch(&task.branch_id));
    Ok(reply)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    #[serde(default)]
    note: String,
}

/// `POST /api/v1/tasks/{id}/complete`
pub async fn complete(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(task): Path<String>,
    JsonBody(complete): JsonBody<Complete>,
) -> Result<Json<Value>, Problem> {
    let request = CompleteTaskRequest {
        task_id: id(&task)?,
        note: complete.note,
    };
    Ok(Json(view::task(&gateway.ask(&who, request).await?)))
}
