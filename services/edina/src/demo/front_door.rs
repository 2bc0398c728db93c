//! The public addresses, as a site, a marketplace, the DMS and a seller's browser use them.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::instance::{Credentials, Runtime};

const PATIENCE: Duration = Duration::from_secs(60);

/// Connections to the running system under its public address.
#[derive(Clone)]
pub(crate) struct FrontDoor {
    http: Client,
    base: String,
    token: String,
    adf_key: String,
    site_key: String,
    landing_key: String,
}

/// What an address answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl FrontDoor {
    /// Of a running system with its credentials.
    pub(crate) fn new(runtime: &Runtime, credentials: &Credentials) -> anyhow::Result<Self> {
        let key = |name: &str| {
            credentials
                .intake_sources
                .get(name)
                .cloned()
                .context("an intake source has no key")
        };
        Ok(Self {
            http: Client::builder().timeout(PATIENCE).no_proxy().build()?,
            base: runtime.console.clone(),
            token: credentials.api_token.clone(),
            adf_key: key("adf")?,
            site_key: key("site")?,
            landing_key: key("tilda")?,
        })
    }

    /// DMS records, up to 1000.
    pub(crate) async fn records(&self, records: &[Value]) -> anyhow::Result<Answer> {
        self.post("/api/v1/source-records", &json!({ "records": records }))
            .await
    }

    /// An ADF document.
    pub(crate) async fn adf(&self, document: String) -> anyhow::Result<Answer> {
        let request = self
            .http
            .post(format!("{}/intake/v1/adf", self.base))
            .query(&[("source", &self.adf_key)])
            .header("content-type", "application/x-adf+xml")
            .body(document);
        send(request).await
    }

    /// A form of the site, as JSON.
    pub(crate) async fn form(&self, form: &Value) -> anyhow::Result<Answer> {
        send(
            self.http
                .post(format!("{}/intake/v1/forms/{}", self.base, self.site_key))
                .json(form),
        )
        .await
    }

    /// A form of a landing page, form-encoded.
    pub(crate) async fn landing(&self, fields: &[(&str, String)]) -> anyhow::Result<Answer> {
        send(
            self.http
                .post(format!("{}/intake/v1/forms/{}", self.base, self.landing_key))
                .form(fields),
        )
        .await
    }

    /// What the API answers to a question.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        send(
            self.http
                .get(format!("{}{path}", self.base))
                .bearer_auth(&self.token),
        )
        .await
    }

    /// What the API answers to an order.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        send(
            self.http
                .post(format!("{}{path}", self.base))
                .bearer_auth(&self.token)
                .json(body),
        )
        .await
    }
}

impl std::fmt::Debug for FrontDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrontDoor")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// Errors leave out the address: intake keys stand in it.
async fn send(request: RequestBuilder) -> anyhow::Result<Answer> {
    let response = request.send().await.map_err(reqwest::Error::without_url)?;
    let status = response.status();
    let bytes = response.bytes().await.map_err(reqwest::Error::without_url)?;
    Ok(Answer {
        status,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    })
}
