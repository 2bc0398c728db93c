//! Leads as a board by the seven steps, as a list with filters in the address, and one by one.

mod acts;

pub use acts::{answered, assign, close, reopen, step};

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use edina_proto::intake::v1::{ListLeadsRequest, ListReasonsRequest, Reason};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::home::clients;
use crate::{
    Gateway,
    http::{
        api::{self, leads},
        problem::Problem,
    },
    session::Identity,
    view,
};

/// Leads on the board: what does not fit is found in the list.
const BOARD: u32 = 200;
const LIST: u32 = 50;

#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Filter {
    /// `board` or `list`.
    #[serde(default)]
    view: String,
    #[serde(default)]
    step: String,
    /// open, won, lost; `all` for all.
    #[serde(default)]
    status: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    branch: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    overdue: String,
    #[serde(default)]
    cursor: String,
}

/// `GET /leads`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let board = filter.view != "list";
    let status = match filter.status.as_str() {
        "" => "open",
        "all" => "",
        other => other,
    };
    let owner = if filter.owner == "me" {
        who.employee_id()
    } else {
        &filter.owner
    };
    let request = ListLeadsRequest {
        page: api::page(
            Some(if board { BOARD } else { LIST }),
            Some(filter.cursor.clone()),
        )?,
        branch_id: filter.branch.clone(),
        owner_employee_id: owner.to_owned(),
        status: if board { "open" } else { status }.to_owned(),
        step: if board { String::new() } else { filter.step.clone() },
        overdue_only: !filter.overdue.is_empty(),
        source_name: filter.source.clone(),
        ..ListLeadsRequest::default()
    };
    let reply = leads::within_scope(&gateway, &who, request).await?;
    let now = gateway.clock.now();
    let ids = reply.leads.iter().map(|lead| lead.client_id.clone()).collect();
    let names = clients(&gateway, &who, ids).await;
    let shown: Vec<Value> = reply.leads.iter().map(|lead| view::lead(lead, now)).collect();
    let lanes: Vec<Value> = leads::STEPS
        .iter()
        .map(|step| {
            let mut inside: Vec<&Value> = shown.iter().filter(|lead| lead["step"] == *step).collect();
            inside.sort_by_key(|lead| lead["clock"]["seconds_left"].as_i64().unwrap_or(i64::MAX));
            json!({ "step": step, "leads": inside, "count": reply.counts.get(*step) })
        })
        .collect();
    let data = json!({
        "filter": filter, "board": board, "lanes": lanes, "leads": shown, "clients": names,
        "steps": leads::STEPS, "next_cursor": api::next(reply.page), "employee_ids": sellers(&gateway, &who).await?,
        "branch_ids": gateway.people(&who.group).await?.branches.iter().map(|branch| branch.branch_id.clone()).collect::<Vec<_>>(),
    });
    gateway.page(&who, "leads/page.html", "leads", data).await
}

async fn sellers(gateway: &Gateway, who: &Identity) -> Result<Vec<String>, Problem> {
    let group = gateway.people(&who.group).await?;
    Ok(group
        .employees
        .iter()
        .filter(|employee| employee.active && who.sees_branch(&employee.branch_id))
        .filter(|employee| ["seller", "head_of_sales", "operator"].contains(&employee.role.as_str()))
        .map(|employee| employee.employee_id.clone())
        .collect())
}

/// `GET /leads/{id}`
pub async fn one(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let lead = leads::visible(&gateway, &who, &id).await?;
    let (names, reasons) = tokio::join!(
        clients(&gateway, &who, vec![lead.client_id.clone()]),
        gateway.ask(&who, ListReasonsRequest {})
    );
    let reasons = reasons.unwrap_or_default();
    let data = json!({
        "lead": view::lead(&lead, gateway.clock.now()),
        "clients": names,
        "steps": leads::STEPS,
        "won": reasons.won.iter().map(reason).collect::<Vec<_>>(),
        "lost": reasons.lost.iter().map(reason).collect::<Vec<_>>(),
        "employee_ids": sellers(&gateway, &who).await?,
    });
    gateway.page(&who, "leads/lead.html", "leads", data).await
}

fn reason(reason: &Reason) -> Value {
    json!({ "code": reason.code, "ru": reason.text_ru, "en": reason.text_en })
}
