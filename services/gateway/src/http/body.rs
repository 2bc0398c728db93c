//! Reading JSON bodies, with reasons a sender can use.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A JSON body.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if kind != "application/json" && !kind.ends_with("+json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send the body as application/json",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "at most 4 MiB are taken; send several requests",
                )
            } else {
                Problem::new(StatusCode::BAD_REQUEST, "the body could not be read")
            }
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            use serde_json::error::Category;
            let at = format!("line {}, column {}", error.line(), error.column());
            match error.classify() {
                Category::Data => {
                    Problem::new(StatusCode::BAD_REQUEST, format!("the JSON does not fit: {error}"))
                }
                Category::Eof => {
                    Problem::new(StatusCode::BAD_REQUEST, format!("the JSON ends too early ({at})"))
                }
                Category::Io | Category::Syntax => {
                    Problem::new(StatusCode::BAD_REQUEST, format!("this is no JSON ({at})"))
                }
            }
        })
    }
}
