//! Errors as RFC 9457 problem documents.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tonic::Code;

/// What was wrong, and what to do.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// A stable name of the kind of problem.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What was wrong this time.
    pub detail: String,
    /// Fields with a wrong value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A field with a wrong value.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the field, for instance `vehicle.vin`.
    pub field: String,
    /// What was wrong.
    pub detail: String,
    /// What would be right.
    pub expected: String,
}

impl FieldError {
    /// A field, what was wrong with it, what would be right.
    pub fn new(field: impl Into<String>, detail: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
            expected: expected.into(),
        }
    }
}

impl Problem {
    /// A problem of a status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let (kind, title) = match status {
            StatusCode::BAD_REQUEST => ("/problems/bad-request", "The request cannot be understood"),
            StatusCode::UNAUTHORIZED => ("/problems/unauthenticated", "Sign in, or send an API token"),
            StatusCode::FORBIDDEN => ("/problems/forbidden", "Your role does not include this"),
            StatusCode::NOT_FOUND => ("/problems/not-found", "There is nothing here"),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("/problems/method-not-allowed", "This address has no such method")
            }
            StatusCode::CONFLICT => ("/problems/conflict", "The present state does not allow this"),
            StatusCode::PAYLOAD_TOO_LARGE => ("/problems/too-large", "The request is too large"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("/problems/media-type", "The content type is not taken here")
            }
            StatusCode::TOO_MANY_REQUESTS => ("/problems/too-many", "Too many attempts"),
            StatusCode::SERVICE_UNAVAILABLE => {
                ("/problems/unavailable", "A part of the system is away; try again")
            }
            StatusCode::GATEWAY_TIMEOUT => (
                "/problems/timeout",
                "A part of the system took too long; try again",
            ),
            _ => ("/problems/internal", "Something went wrong on our side"),
        };
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// A request with a wrong field.
    pub fn field(field: impl Into<String>, detail: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(field, detail, expected)])
    }

    /// A request with wrong fields.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let names: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        let mut problem = Self::new(StatusCode::BAD_REQUEST, format!("wrong: {}", names.join(", ")));
        problem.errors = errors;
        problem
    }

    /// Nothing of that name within the requester's sight.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing of that id is in sight")
    }

    /// The status.
    pub fn code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.code(), [(header::CONTENT_TYPE, kind)], body).into_response();
        // The console renders it as a page instead.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<tonic::Status> for Problem {
    fn from(status: tonic::Status) -> Self {
        let code = match status.code() {
            Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::FailedPrecondition | Code::Aborted | Code::AlreadyExists => StatusCode::CONFLICT,
            Code::PermissionDenied => StatusCode::FORBIDDEN,
            Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
            Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Code::Unavailable | Code::Cancelled | Code::Unimplemented => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if code.is_server_error() {
            tracing::warn!(code = ?status.code(), "another service failed: {}", status.message());
            return Self::new(code, "a part of the system did not answer as it should");
        }
        Self::new(code, status.message())
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the gateway's database failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the gateway's database is away")
    }
}

impl From<crate::directory::DirectoryError> for Problem {
    fn from(error: crate::directory::DirectoryError) -> Self {
        use crate::directory::DirectoryError;
        match error {
            DirectoryError::Invalid { field, expected } => {
                Self::field(field, "has a value that cannot be used", expected)
            }
            DirectoryError::Unknown => Self::not_found(),
            DirectoryError::Database(error) => error.into(),
        }
    }
}
