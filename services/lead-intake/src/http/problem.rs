//! What goes wrong, as problem documents.

use axum::{
    extract::rejection::BytesRejection,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use edina_runtime::problem::Problem;
use serde_json::json;

use crate::{
    channel::{Rejection, RejectionCode},
    intake::IntakeError,
};

/// Seconds after which a retry makes sense while the database is away.
const RETRY_AFTER: u32 = 5;

pub(super) fn rejection_json(rejection: &Rejection) -> serde_json::Value {
    json!({
        "code": rejection.code.as_str(),
        "field": rejection.field,
        "detail": rejection.message_en,
        "detail_ru": rejection.message_ru,
        "expected": rejection.expected,
        "line": rejection.position.map(|position| position.line),
        "column": rejection.position.map(|position| position.column),
    })
}

fn rejected(rejection: &Rejection, input_id: Option<String>) -> Response {
    let status = match rejection.code {
        RejectionCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RejectionCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut problem = Problem::new(status, "input-rejected", "The input holds no usable lead")
        .detail(&rejection.message_en)
        .detail_ru(&rejection.message_ru);
    let place = rejection
        .position
        .map(|at| format!("line {}, column {}", at.line, at.column));
    let field = rejection
        .field
        .clone()
        .or(place)
        .unwrap_or_else(|| "body".to_owned());
    problem = problem.field(field, &rejection.message_en, rejection.expected.clone());
    problem.input_id = input_id;
    problem.into_response()
}

pub(super) fn invalid(field: &str, expected: &str) -> Response {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-request",
        "The request cannot be used",
    )
    .detail(format!("{field} cannot be used"))
    .field(field, "cannot be used", Some(expected.to_owned()))
    .into_response()
}

/// The body was larger than the door lets in, or broke off. It never was here as a whole, so it is not kept.
pub(super) fn unreadable(rejection: &BytesRejection) -> Response {
    let status = rejection.status();
    if status != StatusCode::PAYLOAD_TOO_LARGE {
        return invalid("body", "a whole request body");
    }
    let limit = super::LARGEST_BODY;
    Problem::new(status, "too-large", "The input is too large")
        .detail(format!("The body is larger than {limit} bytes. It was not read to its end and is not kept: send it in parts."))
        .detail_ru(format!("Тело запроса больше {limit} байт. Оно не дочитано и не сохранено: пришлите его по частям."))
        .field("body", "is too large", Some(format!("at most {limit} bytes")))
        .into_response()
}

pub(super) fn unknown_source(field: &str) -> Response {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unknown-source",
        "No intake source has this key",
    )
    .detail("Every intake source posts with its own key; see the console's connections page.")
    .detail_ru("У каждого источника заявок свой ключ; он показан на странице подключений.")
    .field(
        field,
        "no source has this key",
        Some("the key of an intake source".to_owned()),
    )
    .into_response()
}

/// The public name was posted to too often; `seconds` from now there is a place again.
pub(super) fn too_often(seconds: u32) -> Response {
    metrics::counter!("edina_intake_throttled_total").increment(1);
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many",
        "Too many forms in a short time",
    )
    .detail("Nothing was taken. Send it again a little later; a server that posts for a site should use the source's key.")
    .detail_ru("Заявка не принята: форм слишком много. Отправьте ещё раз чуть позже; серверу сайта лучше слать с ключом источника.")
    .retry_after(seconds)
    .into_response()
}

pub(super) fn not_found(detail: &str) -> Response {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here")
        .detail(detail)
        .into_response()
}

pub(super) fn method_not_allowed() -> Response {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "Leads are posted",
    )
    .detail("Send the lead with POST.")
    .into_response()
}

pub(super) fn from_error(error: IntakeError) -> Response {
    match error {
        IntakeError::Rejected { rejection, input_id } => rejected(&rejection, Some(input_id.to_string())),
        IntakeError::KeyReused => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "The key was used before",
        )
        .detail("This Idempotency-Key came before with another lead. Use a new key for a new lead.")
        .field(
            "Idempotency-Key",
            "was used with another content",
            Some("a new key".to_owned()),
        )
        .into_response(),
        IntakeError::Invalid { field, message } => invalid(field, &message),
        IntakeError::NotFound(what) => not_found(&format!("no such {what}")),
        IntakeError::Gates(_) => invalid("lead", "a move that the deal's rules allow"),
        IntakeError::Fields(rejections) => {
            let first = rejections.into_iter().next();
            first.map_or_else(
                || invalid("body", "a lead"),
                |rejection| rejected(&rejection, None),
            )
        }
        IntakeError::Database(error) => {
            tracing::error!(%error, "an input could not be stored");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The input could not be stored now",
            )
            .detail("Nothing was taken. Send it again.")
            .detail_ru("Заявка не принята. Отправьте ещё раз.")
            .retry_after(RETRY_AFTER)
            .into_response()
        }
    }
}
