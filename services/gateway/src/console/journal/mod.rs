//! The showroom journal (R2, R3): a line per visitor or call, which becomes a lead.

use axum::{Extension, extract::State, response::Response};
use edina_proto::{
    common::v1::VehicleDescription,
    intake::v1::{ListLeadsRequest, SubmitLeadRequest},
    time::to_proto,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    form::{Fields, back},
    home::clients,
};
use crate::{
    Gateway,
    http::{
        api::{self, leads},
        problem::Problem,
    },
    session::Identity,
    view,
};

const LINES: usize = 20;

/// `GET /journal`
pub async fn show(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
) -> Result<Response, Problem> {
    let request = ListLeadsRequest {
        page: api::page(Some(200), None)?,
        ..ListLeadsRequest::default()
    };
    let reply = leads::within_scope(&gateway, &who, request)
        .await
        .unwrap_or_default();
    let now = gateway.clock.now();
    let lines: Vec<_> = reply
        .leads
        .iter()
        .filter(|lead| lead.channel == "journal")
        .take(LINES)
        .collect();
    let ids = lines.iter().map(|lead| lead.client_id.clone()).collect();
    let people = gateway.people(&who.group).await?;
    let own = people
        .employees
        .iter()
        .find(|employee| employee.employee_id == who.employee_id());
    let data = json!({
        "lines": lines.iter().map(|lead| view::lead(lead, now)).collect::<Vec<Value>>(),
        "clients": clients(&gateway, &who, ids).await,
        // Sent twice by an impatient finger, it is one line.
        "once": Uuid::now_v7().to_string(),
        "branch_ids": people.branches.iter().filter(|branch| who.sees_branch(&branch.branch_id)).map(|branch| branch.branch_id.clone()).collect::<Vec<_>>(),
        "own_branch": own.map_or("", |own| &own.branch_id),
    });
    gateway.page(&who, "journal/page.html", "journal", data).await
}

/// `POST /journal`
pub async fn write(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let number = |name: &'static str, most: i32| match fields.get(name) {
        "" => Ok(0),
        text => text
            .parse::<i32>()
            .ok()
            .filter(|number| (0..=most).contains(number))
            .ok_or_else(|| Problem::field(name, "is no number in range", format!("0 to {most}"))),
    };
    let once = Uuid::parse_str(fields.get("once")).unwrap_or_else(|_| Uuid::now_v7());
    let list = |name: &str| -> Vec<String> {
        fields
            .get(name)
            .split([',', ';'])
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .take(5)
            .collect()
    };
    let branch_id = fields.text("branch_id");
    if !who.sees_branch(&branch_id) {
        return Err(Problem::field(
            "branch_id",
            "is not yours",
            "a branch of your scope",
        ));
    }
    let (phones, emails) = (list("phone"), list("email"));
    let full_name = fields.text("full_name");
    if full_name.is_empty() && phones.is_empty() && emails.is_empty() {
        return Err(Problem::field(
            "full_name",
            "is empty, and so are phone and e-mail",
            "a name, a phone or an e-mail",
        ));
    }
    let model = fields.text("model");
    let request = SubmitLeadRequest {
        channel: "journal".to_owned(),
        idempotency_key: format!("journal-{once}"),
        branch_id,
        contact_kind: if fields.get("contact_kind") == "call" {
            "call"
        } else {
            "visit"
        }
        .to_owned(),
        occurred_at: Some(to_proto(gateway.clock.now())),
        full_name,
        phones,
        emails,
        age: number("age", 120)?,
        stay_minutes: number("stay_minutes", 1440)?,
        comment: fields.text("comment"),
        topic: fields.text("topic"),
        vehicles: Some(VehicleDescription {
            model,
            role: "wants".to_owned(),
            ..VehicleDescription::default()
        })
        .filter(|vehicle| !vehicle.model.is_empty())
        .into_iter()
        .collect(),
        employee_id: who.employee_id().to_owned(),
        ..SubmitLeadRequest::default()
    };
    gateway.ask(&who, request).await?;
    Ok(back("/journal"))
}
