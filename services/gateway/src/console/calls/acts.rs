//! Results of conversations, completed tasks, click to call.

use axum::{Extension, extract::State, response::Response};
use edina_proto::calls::v1::{CompleteTaskRequest, DialRequest, RecordResultRequest};

use super::super::{act::Act, form::Fields};
use crate::{
    Gateway,
    http::{api::calls::visible, problem::Problem},
    session::Identity,
};

/// `POST /calls/{id}/result`
pub async fn result(act: Act) -> Result<Response, Problem> {
    let request = RecordResultRequest {
        call_id: visible(&act.gateway, &act.who, &act.address).await?.call_id,
        result: act.fields.required("result")?,
        next_step: act.fields.text("next_step"),
        note: act.fields.text("note"),
        topic: act.fields.text("topic"),
    };
    act.ask(request).await?;
    Ok(act.back_or("/calls"))
}

/// `POST /tasks/{id}/complete`
pub async fn complete(act: Act) -> Result<Response, Problem> {
    act.ask(CompleteTaskRequest {
        task_id: act.id()?,
        note: act.fields.text("note"),
    })
    .await?;
    Ok(act.back_or("/calls"))
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
    Ok(fields.back_or("/calls"))
}
