//! RFC 9457 problem documents: what was wrong with a request, and what would be right.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A problem document; answered as `application/problem+json`.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// Stable kind, `/problems/…`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short, the same for every problem of the kind.
    pub title: String,
    /// HTTP status code.
    pub status: u16,
    /// What was wrong this time.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The same in Russian, where somebody reads it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail_ru: String,
    /// One entry per field to blame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Where the rejected input is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_id: Option<String>,
    /// Seconds after which a retry makes sense; also sent as `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// A field to blame.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name, in the sender's own words.
    pub field: String,
    /// What was wrong.
    pub detail: String,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

/// Seconds after which to come back, where nothing better is known.
const ADVISED_WAIT: u32 = 5;

/// Kind and title of a problem that its HTTP status describes.
fn of_status(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::BAD_REQUEST => ("bad-request", "The request cannot be understood"),
        StatusCode::UNAUTHORIZED => ("unauthenticated", "Sign in, or send an API token"),
        StatusCode::FORBIDDEN => ("forbidden", "Your role does not include this"),
        StatusCode::NOT_FOUND => ("not-found", "There is nothing here"),
        StatusCode::METHOD_NOT_ALLOWED => ("method-not-allowed", "This address has no such method"),
        StatusCode::CONFLICT => ("conflict", "The present state does not allow this"),
        StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "The request is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("media-type", "The content type is not taken here"),
        StatusCode::TOO_MANY_REQUESTS => ("too-many", "Too many attempts"),
        StatusCode::SERVICE_UNAVAILABLE => ("unavailable", "A part of the system is away; try again"),
        StatusCode::GATEWAY_TIMEOUT => ("timeout", "A part of the system took too long; try again"),
        _ => ("internal", "Something went wrong on our side"),
    }
}

impl FieldError {
    /// A field, what was wrong with it, what would be right.
    pub fn new(field: impl Into<String>, detail: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
            expected: Some(expected.into()),
        }
    }
}

impl Problem {
    /// The problem that a status describes, and what was wrong this time.
    pub fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        let (kind, title) = of_status(status);
        let problem = Self::new(status, kind, title).detail(detail);
        match status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                problem.retry_after(ADVISED_WAIT)
            }
            _ => problem,
        }
    }

    /// The status.
    pub fn code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A problem of `kind` (kebab-case) with its title.
    pub fn new(status: StatusCode, kind: &str, title: &str) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: String::new(),
            detail_ru: String::new(),
            errors: Vec::new(),
            input_id: None,
            retry_after: None,
        }
    }

    /// Says what was wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Says it in Russian too.
    #[must_use]
    pub fn detail_ru(mut self, detail: impl Into<String>) -> Self {
        self.detail_ru = detail.into();
        self
    }

    /// Blames a field.
    #[must_use]
    pub fn field(
        mut self,
        field: impl Into<String>,
        detail: impl Into<String>,
        expected: Option<String>,
    ) -> Self {
        self.errors.push(FieldError {
            field: field.into(),
            detail: detail.into(),
            expected,
        });
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code();
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
