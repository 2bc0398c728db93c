//! The first page: what this person should do now.

use axum::{Extension, extract::State, response::Response};
use edina_proto::{
    calls::v1::{ListLiveCallsRequest, ListTasksRequest},
    common::v1::PageRequest,
    intake::v1::{ListInputsRequest, ListLeadsRequest},
    registry::v1::GetSummariesRequest,
};
use serde_json::{Value, json};

use crate::{
    Gateway,
    http::{
        api::{calls, leads},
        problem::Problem,
    },
    session::{Identity, Right, rights::Role},
    view,
};

/// Rows of a list on the first page.
const ROWS: u32 = 20;

/// `GET /`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Response, Problem> {
    let own = who.role == Role::Seller && !who.employee_id().is_empty();
    let owner = if own {
        who.employee_id().to_owned()
    } else {
        String::new()
    };
    let page = || {
        Some(PageRequest {
            limit: ROWS,
            cursor: String::new(),
        })
    };
    let open = ListLeadsRequest {
        page: page(),
        owner_employee_id: owner.clone(),
        status: "open".to_owned(),
        ..ListLeadsRequest::default()
    };
    let overdue = ListLeadsRequest {
        overdue_only: true,
        ..open.clone()
    };
    let tasks = ListTasksRequest {
        page: page(),
        owner_employee_id: owner,
        state: "open".to_owned(),
        ..Default::default()
    };
    let rejected = ListInputsRequest {
        state: "rejected".to_owned(),
        page: Some(PageRequest {
            limit: 1,
            cursor: String::new(),
        }),
    };
    let sees_inputs = who.may(Right::CorrectInputs);
    let (open, overdue, tasks, ringing, rejected) = tokio::join!(
        leads::within_scope(&gateway, &who, open),
        leads::within_scope(&gateway, &who, overdue),
        calls::tasks_within_scope(&gateway, &who, tasks),
        gateway.ask(&who, ListLiveCallsRequest {}),
        async {
            if sees_inputs {
                gateway.ask(&who, rejected).await.ok()
            } else {
                None
            }
        },
    );
    let now = gateway.clock.now();
    let away = open.is_err() || tasks.is_err();
    let open = open.unwrap_or_default();
    let overdue = overdue.unwrap_or_default();
    let tasks = tasks.unwrap_or_default();
    let ringing = ringing.unwrap_or_default();
    let mut ids: Vec<String> = open
        .leads
        .iter()
        .chain(&overdue.leads)
        .map(|lead| lead.client_id.clone())
        .collect();
    ids.extend(tasks.tasks.iter().map(|task| task.client_id.clone()));
    ids.extend(ringing.calls.iter().map(|call| call.client_id.clone()));
    // Facts name no branch: who sees only some branches gets no feed.
    let feed = if who.branches.is_empty() {
        gateway.hub.feed.of(&who.group)
    } else {
        Vec::new()
    };
    let named = feed
        .iter()
        .filter_map(|happening| happening["client_ids"][0].as_str());
    ids.extend(named.map(str::to_owned));
    let clients = clients(&gateway, &who, ids).await;
    let mut leads: Vec<Value> = open.leads.iter().map(|lead| view::lead(lead, now)).collect();
    // Most urgent first: running clocks by what is left, answered ones after them.
    leads.sort_by_key(|lead| match lead["clock"]["seconds_left"].as_i64() {
        Some(left) => (0, left),
        None => (1, 0),
    });
    let data = json!({
        "leads": leads,
        "overdue": overdue.leads.iter().map(|lead| view::lead(lead, now)).collect::<Vec<_>>(),
        "tasks": tasks.tasks.iter().map(view::task).collect::<Vec<_>>(),
        "open_tasks": tasks.open_count,
        "ringing": ringing.calls.iter().filter(|call| who.sees_branch(&call.branch_id)).map(view::call).collect::<Vec<_>>(),
        "rejected_count": rejected.map(|inputs| inputs.rejected_count),
        "counts": open.counts,
        "clients": clients,
        "feed": feed,
        "shows_feed": who.branches.is_empty(),
        "own": own,
        "away": away,
    });
    gateway.page(&who, "home/page.html", "home", data).await
}

/// Short forms of clients by id; without those that cannot be read now.
pub async fn clients(gateway: &Gateway, who: &Identity, mut ids: Vec<String>) -> Value {
    ids.retain(|id| !id.is_empty());
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return json!({});
    }
    match gateway.ask(who, GetSummariesRequest { client_ids: ids }).await {
        Ok(reply) => reply
            .clients
            .iter()
            .map(|(id, client)| (id.clone(), view::summary(client)))
            .collect(),
        Err(_) => json!({}),
    }
}
