//! Asking without the manners of a client library, and what every answer has to be.

use std::time::Duration;

use e2e::System;
use reqwest::{Client, StatusCode};
use serde_json::Value;

/// An answer with what matters of its head.
#[derive(Debug, Clone)]
pub struct Said {
    pub status: StatusCode,
    pub kind: String,
    pub retry_after: Option<String>,
    pub body: Value,
}

/// A client that trusts nobody to answer quickly.
pub fn client() -> Client {
    Client::builder()
        .timeout(Duration::from_secs(120))
        .build()
        .expect("a client needs nothing")
}

pub async fn said(request: reqwest::RequestBuilder) -> Said {
    try_said(request).await.expect("there is an answer")
}

pub async fn try_said(request: reqwest::RequestBuilder) -> reqwest::Result<Said> {
    let response = request.send().await?;
    let status = response.status();
    let head = |name: &str| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let (kind, retry_after) = (head("content-type").unwrap_or_default(), head("retry-after"));
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Said {
        status,
        kind,
        retry_after,
        body,
    })
}

impl Said {
    /// A refusal: a problem document that says what was wrong.
    #[track_caller]
    pub fn is_problem(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert!(self.kind.starts_with("application/problem+json"), "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        for member in ["type", "title"] {
            assert!(
                self.body[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member} of {self:?}"
            );
        }
        self
    }

    /// A refusal for want of room or of a server: the sender is told when to come back.
    #[track_caller]
    pub fn is_later(&self) -> &Self {
        assert!(matches!(self.status.as_u16(), 429 | 503), "{self:?}");
        self.is_problem(self.status.as_u16());
        let seconds = self.retry_after.as_deref().unwrap_or_default().parse::<u32>();
        assert!(seconds.is_ok_and(|seconds| seconds > 0), "{self:?}");
        self
    }

    /// Taken as leads, or refused with a reason and kept.
    #[track_caller]
    pub fn is_taken_or_kept(&self) -> &Self {
        if self.status == StatusCode::ACCEPTED {
            let leads = self.body["leads"].as_array().map_or(0, Vec::len);
            let rejected = self.body["rejected"].as_array().map_or(0, Vec::len);
            assert!(leads + rejected > 0, "{self:?}");
        } else {
            assert!(self.status.is_client_error(), "{self:?}");
            self.is_problem(self.status.as_u16());
            assert!(
                self.body["input_id"].is_string(),
                "it is kept under its id: {self:?}"
            );
            for member in ["detail", "detail_ru"] {
                assert!(self.body[member].is_string(), "{member} of {self:?}");
            }
        }
        self
    }

    /// The first lead's id.
    pub fn lead(&self) -> Option<&str> {
        self.body.pointer("/leads/0/lead_id")?.as_str()
    }
}

/// `POST /intake/v1/adf` to lead-intake itself.
pub async fn adf(system: &System, document: impl Into<reqwest::Body>, kind: &str) -> Said {
    let url = format!(
        "http://{}/intake/v1/adf",
        system.reached(e2e::Service::Intake).http
    );
    let request = client().post(url).bearer_auth(system.group().key("adf"));
    said(request.header("content-type", kind).body(document)).await
}

/// `POST /intake/v1/forms/{key}` to lead-intake itself.
pub async fn form(system: &System, body: impl Into<reqwest::Body>, kind: &str) -> Said {
    let request = client().post(form_url(system, system.group().key("site")));
    said(request.header("content-type", kind).body(body)).await
}

pub fn form_url(system: &System, source: &str) -> String {
    let intake = system.reached(e2e::Service::Intake).http;
    format!("http://{intake}/intake/v1/forms/{source}")
}

/// Every service is still there and ready.
pub async fn all_ready(system: &System) {
    for service in e2e::Service::ALL {
        system.ready(service).await.unwrap();
    }
}
