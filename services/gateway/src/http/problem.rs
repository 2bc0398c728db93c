//! What fails in the gateway, as the problem document of `edina_runtime::problem`.

use std::ops::Deref;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
pub use edina_runtime::problem::FieldError;
use edina_runtime::{grpc::russian_of, problem::Problem as Document};
use serde::Serialize;
use tonic::Code;

/// Why a request of the gateway was refused: the document all services answer with, made from whatever fails here.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Document>);

impl Deref for Problem {
    type Target = Document;

    fn deref(&self) -> &Document {
        &self.0
    }
}

impl From<Document> for Problem {
    fn from(document: Document) -> Self {
        Self(Box::new(document))
    }
}

impl Problem {
    /// A problem of a status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Document::of(status, detail).into()
    }

    /// The same, with when to come back.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.0.retry_after(seconds).into()
    }

    /// A request with a wrong field.
    pub fn field(field: impl Into<String>, detail: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(field, detail, expected)])
    }

    /// A request with wrong fields.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let names: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        let mut problem = Self::new(StatusCode::BAD_REQUEST, format!("wrong: {}", names.join(", ")));
        problem.0.errors = errors;
        problem
    }

    /// Nothing of that name within the requester's sight.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing of that id is in sight")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Document::clone(&self).into_response();
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
        let problem = Document::of(code, status.message());
        problem.detail_ru(russian_of(&status).unwrap_or_default()).into()
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
