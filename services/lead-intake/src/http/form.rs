//! `POST /intake/v1/forms/{source}`: JSON, form-encoded or multipart; `{source}` is the source's key or, since a page can keep no
//! secret, the public name of a form source.

use axum::{
    Json,
    body::Bytes,
    extract::{
        Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header as names},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use super::{Door, accepted, header, idempotency_key, problem};
use crate::{
    channel::{
        RejectedPart,
        form::{self, Form, FormLimits},
    },
    intake::Received,
};

pub(super) async fn post(
    State(door): State<Door>,
    source: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let response = match (source, body) {
        (Ok(Path(source)), Ok(body)) => match take(&door, &source, &headers, &body).await {
            Ok(response) | Err(response) => response,
        },
        (Err(_), _) => problem::unknown_source("source"),
        (_, Err(rejection)) => problem::unreadable(&rejection),
    };
    open_to_pages(response)
}

/// A form on a page of another origin may post here.
pub(super) async fn preflight() -> Response {
    open_to_pages(StatusCode::NO_CONTENT.into_response())
}

fn open_to_pages(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(names::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        names::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    headers.insert(
        names::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type, idempotency-key"),
    );
    response
}

async fn take(door: &Door, source: &str, headers: &HeaderMap, body: &[u8]) -> Result<Response, Response> {
    let mut opened = door
        .intake
        .source_by_key(source)
        .await
        .map_err(problem::from_error)?;
    if opened.is_none() {
        opened = door
            .intake
            .form_by_name(source)
            .await
            .map_err(problem::from_error)?;
        if let Some(opened) = &opened {
            door.take_public(opened, headers).map_err(problem::too_often)?;
        }
    }
    let opened = opened.ok_or_else(|| problem::unknown_source("source"))?;
    let content_type = header(headers, "content-type").unwrap_or("application/x-www-form-urlencoded");
    let zone = door.intake.zone_of(&opened.group, &opened.source.branch_id);
    let part = match form::read(body, Some(content_type), zone, &FormLimits::default()) {
        Ok(Form::Ping) => return Ok((StatusCode::ACCEPTED, Json(json!({ "leads": [] }))).into_response()),
        Ok(Form::Lead(lead)) => Ok(*lead),
        Err(rejection) => Err(RejectedPart::new(rejection, &String::from_utf8_lossy(body))),
    };
    let received = Received {
        group: &opened.group,
        source: &opened.source,
        channel: "form",
        content_type,
        body,
        idempotency_key: idempotency_key(headers)?,
        corrects: None,
        client_id: "",
        assign_to: None,
    };
    let taken = door
        .intake
        .take_input(&received, vec![part])
        .await
        .map_err(problem::from_error)?;
    Ok(accepted(&taken))
}
