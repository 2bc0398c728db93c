//! A program that uses the public HTTP API, as an integration would.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// How long a kept connection may have been idle and still be used: less than the notice a copy gives before it stops, as for
/// every balancer. An older one may be closed by the copy while a request is on its way, and nobody could tell.
const KEPT: Duration = Duration::from_millis(500);

/// An answer: status and body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// The JSON body; a string when it was no JSON.
    pub body: Value,
}

impl Answer {
    /// The body of a success; the problem document as an error otherwise.
    pub fn ok(self) -> anyhow::Result<Value> {
        anyhow::ensure!(self.status.is_success(), "{}: {}", self.status, self.body);
        Ok(self.body)
    }
}

/// A client of the API with one token.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    token: String,
    client: reqwest::Client,
}

impl Api {
    /// `base` is `http://host:port`.
    pub fn new(base: &str, token: &str) -> Self {
        Self {
            base: base.to_owned(),
            token: token.to_owned(),
            client: reqwest::Client::builder()
                .pool_idle_timeout(KEPT)
                .build()
                .unwrap_or_default(),
        }
    }

    /// The same token against another address.
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// Any request, with an optional JSON body.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }

    /// `GET`, expecting success.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None)
            .await?
            .ok()
            .with_context(|| format!("GET {path}"))
    }

    /// `POST` of JSON, expecting success.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body))
            .await?
            .ok()
            .with_context(|| format!("POST {path}"))
    }

    /// Posts an ADF document with the key of an intake source.
    pub async fn adf(&self, key: &str, document: impl Into<reqwest::Body>) -> anyhow::Result<Answer> {
        let url = format!("{}/intake/v1/adf", self.base);
        let request = self
            .client
            .post(url)
            .query(&[("source", key)])
            .header("content-type", "application/xml");
        answer(request.body(document)).await
    }

    /// Posts an ADF document that must be taken; the lead's id.
    pub async fn adf_lead(&self, key: &str, document: String) -> anyhow::Result<String> {
        let body = self.adf(key, document).await?.ok()?;
        lead_id(&body)
    }

    /// Posts a web form as JSON with the key of an intake source.
    pub async fn form(&self, key: &str, idempotency: Option<&str>, fields: &Value) -> anyhow::Result<Answer> {
        let mut request = self
            .client
            .post(format!("{}/intake/v1/forms/{key}", self.base))
            .json(fields);
        if let Some(idempotency) = idempotency {
            request = request.header("idempotency-key", idempotency);
        }
        answer(request).await
    }

    /// Posts one DMS record; what the registry made of it.
    pub async fn record(&self, record: &Value) -> anyhow::Result<Value> {
        self.post("/api/v1/source-records", record).await
    }

    /// The clients a search finds, best first.
    pub async fn find(&self, query: &str) -> anyhow::Result<Vec<Value>> {
        let url = format!("{}/api/v1/clients", self.base);
        let body = answer(
            self.client
                .get(url)
                .query(&[("q", query)])
                .bearer_auth(&self.token),
        )
        .await?
        .ok()?;
        Ok(list(&body, "clients"))
    }

    /// The rows of a list such as `leads`, `calls` or `messages` of one client.
    pub async fn rows(&self, what: &str, client_id: &str) -> anyhow::Result<Vec<Value>> {
        let body = self.get(&format!("/api/v1/{what}?client_id={client_id}")).await?;
        Ok(list(&body, what))
    }

    /// Every row of a list such as `leads`, `calls`, `tasks` or `messages`, page by page.
    pub async fn all(&self, what: &str) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let body = self
                .get(&format!("/api/v1/{what}?limit=200&cursor={cursor}"))
                .await?;
            all.extend(list(&body, what));
            match body.get("next_cursor").and_then(Value::as_str) {
                Some(next) if !next.is_empty() => next.clone_into(&mut cursor),
                _ => return Ok(all),
            }
        }
    }

    /// The one client a search finds; an error says how many there are.
    pub async fn only(&self, query: &str) -> anyhow::Result<Value> {
        let mut found = self.find(query).await?;
        anyhow::ensure!(found.len() == 1, "{query} finds {} clients", found.len());
        Ok(found.remove(0))
    }

    /// A client's card.
    pub async fn card(&self, client_id: &str) -> anyhow::Result<Value> {
        self.get(&format!("/api/v1/clients/{client_id}")).await
    }

    /// A client's timeline, newest first.
    pub async fn timeline(&self, client_id: &str) -> anyhow::Result<Vec<Value>> {
        let body = self
            .get(&format!("/api/v1/clients/{client_id}/timeline?limit=100"))
            .await?;
        Ok(list(&body, "entries"))
    }
}

async fn answer(request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
    let response = request.send().await?;
    let status = response.status();
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer { status, body })
}

/// The first lead of an intake answer.
pub fn lead_id(body: &Value) -> anyhow::Result<String> {
    let id = body.pointer("/leads/0/lead_id").and_then(Value::as_str);
    Ok(id.with_context(|| format!("no lead in {body}"))?.to_owned())
}

/// A member that is a string; empty when missing.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list(body: &Value, name: &str) -> Vec<Value> {
    let named = body.get(name).or_else(|| body.get("items")).unwrap_or(body);
    named.as_array().cloned().unwrap_or_default()
}
