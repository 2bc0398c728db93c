//! Leads: lists, and the moves of a deal. `visible` is also what the console's handlers ask first.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use edina_proto::{
    common::v1::Money,
    intake::v1::{
        AssignLeadRequest, CloseLeadRequest, GetLeadRequest, Lead, ListLeadsReply, ListLeadsRequest,
        MarkAnsweredRequest, MoveLeadRequest, ReopenLeadRequest,
    },
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

/// The seven sales steps (R74), in order.
pub const STEPS: [&str; 7] = [
    "first_contact",
    "talk",
    "demonstration",
    "test_drive",
    "contract",
    "handover",
    "follow_up",
];

#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    limit: Option<u32>,
    cursor: Option<String>,
    client_id: Option<String>,
    branch_id: Option<String>,
    owner_employee_id: Option<String>,
    status: Option<String>,
    step: Option<String>,
    source: Option<String>,
    #[serde(default)]
    overdue: bool,
}

/// `GET /api/v1/leads`
pub async fn list(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(filter): Params<Filter>,
) -> Result<Json<Value>, Problem> {
    let request = ListLeadsRequest {
        page: page(filter.limit, filter.cursor)?,
        client_ids: merged(&gateway, &who, filter.client_id).await?,
        branch_id: filter.branch_id.unwrap_or_default(),
        owner_employee_id: filter.owner_employee_id.unwrap_or_default(),
        status: filter.status.unwrap_or_default(),
        step: filter.step.unwrap_or_default(),
        overdue_only: filter.overdue,
        source_name: filter.source.unwrap_or_default(),
        ..ListLeadsRequest::default()
    };
    let reply = within_scope(&gateway, &who, request).await?;
    let now = gateway.clock.now();
    let leads: Vec<Value> = reply.leads.iter().map(|lead| view::lead(lead, now)).collect();
    Ok(Json(
        json!({ "leads": leads, "counts": reply.counts, "next_cursor": next(reply.page) }),
    ))
}

/// Leads of the requester's branches only.
pub async fn within_scope(
    gateway: &Gateway,
    who: &Identity,
    mut request: ListLeadsRequest,
) -> Result<ListLeadsReply, Problem> {
    if request.branch_id.is_empty() && who.branches.len() == 1 {
        request.branch_id.clone_from(&who.branches[0]);
    }
    let mut reply = gateway.ask(who, request).await?;
    reply.leads.retain(|lead| who.sees_branch(&lead.branch_id));
    Ok(reply)
}

/// A lead, if it is within the requester's sight.
pub async fn visible(gateway: &Gateway, who: &Identity, lead_id: &str) -> Result<Lead, Problem> {
    let lead = gateway
        .ask(
            who,
            GetLeadRequest {
                lead_id: id(lead_id)?,
            },
        )
        .await?;
    if who.sees_branch(&lead.branch_id) {
        Ok(lead)
    } else {
        Err(Problem::not_found())
    }
}

fn shown(gateway: &Gateway, lead: &Lead) -> Json<Value> {
    Json(view::lead(lead, gateway.clock.now()))
}

/// `GET /api/v1/leads/{id}`
pub async fn one(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(lead): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(shown(&gateway, &visible(&gateway, &who, &lead).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    step: String,
}

/// `POST /api/v1/leads/{id}/move`
pub async fn step(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(lead): Path<String>,
    JsonBody(step): JsonBody<Step>,
) -> Result<Json<Value>, Problem> {
    if !STEPS.contains(&step.step.as_str()) {
        return Err(Problem::field("step", "is no sales step", STEPS.join(", ")));
    }
    let lead_id = visible(&gateway, &who, &lead).await?.lead_id;
    let request = MoveLeadRequest {
        lead_id,
        step: step.step,
        ..Default::default()
    };
    Ok(shown(&gateway, &gateway.ask(&who, request).await?))
}

#[derive(Debug, Deserialize)]
pub struct Amount {
    minor: i64,
    currency: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    outcome: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
    amount: Option<Amount>,
}

/// `POST /api/v1/leads/{id}/close`
pub async fn close(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(lead): Path<String>,
    JsonBody(close): JsonBody<Close>,
) -> Result<Json<Value>, Problem> {
    if !["won", "lost"].contains(&close.outcome.as_str()) {
        return Err(Problem::field("outcome", "is neither of the two", "won or lost"));
    }
    if close.reason.is_empty() {
        return Err(Problem::field(
            "reason",
            "is missing",
            "why the client decided so, a code of the closed list",
        ));
    }
    let lead_id = visible(&gateway, &who, &lead).await?.lead_id;
    let request = CloseLeadRequest {
        lead_id,
        outcome: close.outcome,
        reason: close.reason,
        note: close.note,
        amount: close.amount.map(|amount| Money {
            minor: amount.minor,
            currency: amount.currency,
        }),
        vehicle: None,
    };
    Ok(shown(&gateway, &gateway.ask(&who, request).await?))
}

/// `POST /api/v1/leads/{id}/reopen`
pub async fn reopen(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(lead): Path<String>,
) -> Result<Json<Value>, Problem> {
    let lead_id = visible(&gateway, &who, &lead).await?.lead_id;
    let request = ReopenLeadRequest {
        lead_id,
        ..Default::default()
    };
    Ok(shown(&gateway, &gateway.ask(&who, request).await?))
}

/// `POST /api/v1/leads/{id}/answered`
pub async fn answered(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(lead): Path<String>,
) -> Result<Json<Value>, Problem> {
    let lead_id = visible(&gateway, &who, &lead).await?.lead_id;
    let request = MarkAnsweredRequest {
        lead_id,
        note: String::new(),
    };
    Ok(shown(&gateway, &gateway.ask(&who, request).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    employee_id: String,
}

/// `POST /api/v1/leads/{id}/assign`
pub async fn assign(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(lead): Path<String>,
    JsonBody(assign): JsonBody<Assign>,
) -> Result<Json<Value>, Problem> {
    let lead_id = visible(&gateway, &who, &lead).await?.lead_id;
    let people = gateway.people(&who.group).await?;
    if !people
        .employees
        .iter()
        .any(|employee| employee.active && employee.employee_id == assign.employee_id)
    {
        return Err(Problem::field(
            "employee_id",
            "names nobody who works here",
            "an active employee's id",
        ));
    }
    let request = AssignLeadRequest {
        lead_id,
        employee_id: assign.employee_id,
    };
    Ok(shown(&gateway, &gateway.ask(&who, request).await?))
}
