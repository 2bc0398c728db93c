//! Form bodies of the console. The guard has checked their CSRF token already.

use std::collections::HashMap;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};

use crate::http::problem::Problem;

/// The fields of a form; a missing one reads as empty.
#[derive(Debug)]
pub struct Fields(HashMap<String, String>);

impl Fields {
    /// A field, trimmed.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// A field, trimmed and owned.
    pub fn text(&self, name: &str) -> String {
        self.get(name).to_owned()
    }

    /// A field as it was typed: a password may begin or end with a blank.
    pub fn secret(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// A field that must not be empty.
    pub fn required(&self, name: &'static str) -> Result<String, Problem> {
        let value = self.get(name);
        if value.is_empty() {
            Err(Problem::field(name, "is empty", "a value"))
        } else {
            Ok(value.to_owned())
        }
    }

    /// Back to the page that the form names; if it names none, to this one.
    pub fn back_or(&self, page: &str) -> Response {
        match self.get("back") {
            "" => back(page),
            named => back(named),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the form is too large"))?;
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes)
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the form cannot be read"))?;
        Ok(Self(pairs.into_iter().collect()))
    }
}

/// Back to a page of this console after a change; anything that is no local path leads home.
pub fn back(to: &str) -> Response {
    Redirect::to(local(to)).into_response()
}

/// A path of this console, or the first page.
pub fn local(to: &str) -> &str {
    let is_local = to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && !to.chars().any(char::is_control);
    if is_local { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_local_paths_are_gone_back_to() {
        assert_eq!(local("/leads?step=talk"), "/leads?step=talk");
        for wrong in [
            "https://elsewhere",
            "//elsewhere",
            "/\\elsewhere",
            "javascript:1",
            "",
        ] {
            assert_eq!(local(wrong), "/", "{wrong}");
        }
    }
}
