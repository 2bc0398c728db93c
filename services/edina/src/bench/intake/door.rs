//! Leads posted as fast as they are taken.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, StatusCode};

use crate::{
    bench::{
        Plan,
        ground::Ground,
        lead::{self, Lead},
        load::{self, Done},
    },
    demo::people::People,
};

const REQUEST_PATIENCE: Duration = Duration::from_secs(60);

/// Where leads are posted.
#[derive(Debug, Clone)]
pub(super) struct Door {
    http: Client,
    adf: Arc<str>,
    form: Arc<str>,
    people: People,
    concurrency: u16,
}

impl Door {
    pub(super) fn new(plan: &Plan, ground: &Ground) -> anyhow::Result<Self> {
        let base = ground.http("lead-intake");
        let key = |name: &str| ground.keys.get(name).cloned().unwrap_or_default();
        Ok(Self {
            http: Client::builder().timeout(REQUEST_PATIENCE).no_proxy().build()?,
            adf: format!("{base}/intake/v1/adf?source={}", key("adf")).into(),
            form: format!("{base}/intake/v1/forms/{}", key("site")).into(),
            people: People { seed: plan.seed },
            concurrency: plan.concurrency,
        })
    }

    /// Posts leads for so long.
    pub(super) async fn post(&self, during: Duration, next: &mut usize) -> anyhow::Result<Done> {
        let door = self.clone();
        let done = load::run(self.concurrency, during, *next, move |number| {
            let door = door.clone();
            async move { door.post_one(number).await }
        })
        .await?;
        *next += done.samples.len() + done.failed;
        Ok(done)
    }

    async fn post_one(&self, number: usize) -> anyhow::Result<()> {
        let request = match lead::lead(self.people, number) {
            Lead::Adf(document) => self
                .http
                .post(&*self.adf)
                .header("content-type", "application/x-adf+xml")
                .body(document),
            Lead::Form(form) => self.http.post(&*self.form).json(&form),
        };
        // Errors leave out the address: a key stands in it.
        let answer = request.send().await.map_err(reqwest::Error::without_url)?;
        let status = answer.status();
        let body = answer.text().await.map_err(reqwest::Error::without_url)?;
        anyhow::ensure!(status == StatusCode::ACCEPTED, "{status}: {body}");
        Ok(())
    }
}
