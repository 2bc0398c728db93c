//! `POST /intake/v1/adf?source=KEY`

use axum::{
    body::Bytes,
    extract::{
        Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;

use super::{Door, accepted, header, idempotency_key, problem};
use crate::{channel::adf, intake::Received};

#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    source: Option<String>,
}

pub(super) async fn post(
    State(door): State<Door>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(Query(parameters)) = parameters else {
        return problem::invalid("source", "?source=KEY, percent-encoded");
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return problem::unreadable(&rejection),
    };
    match take(&door, parameters.source.as_deref(), &headers, &body).await {
        Ok(response) | Err(response) => response,
    }
}

async fn take(
    door: &Door,
    key: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Response> {
    let bearer = header(headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    let key = key.or(bearer).ok_or_else(|| problem::unknown_source("source"))?;
    let opened = door
        .intake
        .source_by_key(key)
        .await
        .map_err(problem::from_error)?;
    let opened = opened.ok_or_else(|| problem::unknown_source("source"))?;
    let content_type = header(headers, "content-type").unwrap_or("application/x-adf+xml");
    let charset = content_type.split(';').find_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim_matches(['"', '\'', ' ']))
    });
    let parts = adf::read(
        body,
        &adf::AdfOptions {
            zone: door.intake.zone_of(&opened.group, &opened.source.branch_id),
            charset,
            ..adf::AdfOptions::default()
        },
    );
    let received = Received {
        group: &opened.group,
        source: &opened.source,
        channel: "adf",
        content_type,
        body,
        idempotency_key: idempotency_key(headers)?,
        corrects: None,
        client_id: "",
        assign_to: None,
    };
    let taken = door
        .intake
        .take_input(&received, parts)
        .await
        .map_err(problem::from_error)?;
    Ok(accepted(&taken))
}
