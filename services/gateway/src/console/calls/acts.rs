//! Results of conversations, completed tasks, click to call.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use edina_proto::calls::v1::{CompleteTaskRequest, DialRequest, RecordResultRequest};

use super::super::form::{Fields, back};
use crate::{
    Gateway,
    http::{
        api::{self, calls::visible},
        problem::Problem,
    },
    session::Identity,
};

fn after(fields: &Fields) -> Response {
    match fields.get("back") {
        "" => back("/calls"),
        page => back(page),
    }
}

/// `POST /calls/{id}/result`
pub async fn result(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let request = RecordResultRequest {
        call_id: visible(&gateway, &who, &id).await?.call_id,
        result: fields.required("result")?,
        next_step: fields.text("next_step"),
        note: fields.text("note"),
        topic: fields.text("topic"),
    };
    gateway.ask(&who, request).await?;
    Ok(after(&fields))
}

/// `POST /tasks/{id}/complete`
pub async fn complete(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    gateway
        .ask(
            &who,
            CompleteTaskRequest {
                task_id: api::id(&id)?,
                note: fields.text("note"),
            },
        )
        .await?;
    Ok(after(&fields))
}

/// `POST /dial`: rings the person's own extension first, then the number.
pub async fn dial(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    let people = gateway.people(&who.group).await?;
    let me = people
        .employees
        .iter()
        .find(|employee| employee.employee_id == who.employee_id());
    let extension = me
        .map(|me| me.extension.clone())
        .filter(|extension| !extension.is_empty());
    let extension = extension.ok_or_else(|| {
        Problem::field(
            "extension",
            "is not set for you",
            "an extension in the list of people",
        )
    })?;
    gateway
        .ask(
            &who,
            DialRequest {
                extension,
                number: fields.required("number")?,
            },
        )
        .await?;
    Ok(after(&fields))
}
