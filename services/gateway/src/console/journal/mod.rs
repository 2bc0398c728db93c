//! The showroom journal (R2, R3): a line per visitor or call, which becomes a lead. Two fields are enough.

mod line;

use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use edina_proto::intake::v1::ListLeadsRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{form::Fields, home::clients, lists, pages};
use crate::{
    Gateway,
    http::{
        api::{self, leads},
        problem::Problem,
    },
    session::Identity,
    view,
};

const LINES: u32 = 20;
/// The source that lead-intake files journal lines under.
const SOURCE: &str = "journal";

/// What just happened.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    /// The lead that the line became.
    #[serde(default)]
    saved: String,
}

/// `GET /journal`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Query(look): Query<Look>,
) -> Result<Response, Problem> {
    let data = json!({ "saved": api::id(&look.saved).ok(), "typed": {}, "wrong": [] });
    page(&gateway, &who, data).await
}

/// `POST /journal`; a line that cannot be taken comes back with what was typed and what is wrong with it.
pub async fn write(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let people = gateway.people(&who.group).await?;
    let zone = pages::zone(&people, fields.get("branch_id"));
    let wrong = match line::read(&fields, &who, &people, zone, gateway.clock.now()) {
        Err(wrong) => wrong,
        Ok(request) => match gateway.ask(&who, request).await {
            Ok(taken) => {
                return Ok(Redirect::to(&format!("/journal?saved={}", taken.lead_id)).into_response());
            }
            Err(problem) if problem.status == 400 => line::refused(&problem.detail),
            Err(problem) => return Err(problem),
        },
    };
    let data = json!({ "saved": null, "typed": line::typed(&fields), "wrong": wrong });
    let mut response = page(&gateway, &who, data).await?;
    *response.status_mut() = StatusCode::BAD_REQUEST;
    Ok(response)
}

async fn page(gateway: &Gateway, who: &Identity, mut data: Value) -> Result<Response, Problem> {
    let request = ListLeadsRequest {
        page: api::page(Some(LINES), None)?,
        source_name: SOURCE.to_owned(),
        ..ListLeadsRequest::default()
    };
    let (reply, people) = tokio::join!(
        leads::within_scope(gateway, who, request),
        gateway.people(&who.group)
    );
    let people = people?;
    let away = reply.is_err();
    let reply = reply.unwrap_or_default();
    let now = gateway.clock.now();
    let ids = reply.leads.iter().map(|lead| lead.client_id.clone()).collect();
    let own = people
        .employees
        .iter()
        .find(|employee| employee.employee_id == who.employee_id());
    data["lines"] = reply.leads.iter().map(|lead| view::lead(lead, now)).collect();
    data["clients"] = clients(gateway, who, ids).await;
    data["away"] = json!(away);
    // Sent twice by an impatient finger, it is one line.
    data["once"] = json!(Uuid::now_v7().to_string());
    data["branch_ids"] = json!(lists::branches(&people, who));
    data["own_branch"] = json!(own.map_or("", |own| &own.branch_id));
    data["sellers"] = json!(line::sellers(&people, who));
    gateway.page(who, "journal/page.html", "journal", data).await
}
