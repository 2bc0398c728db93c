//! The console, used by its administrator without a browser.

use anyhow::Context as _;
use reqwest::{Client, StatusCode, header};

use crate::System;

/// Size of the pieces in which the page of imports sends a file, bytes.
const PIECE: usize = 1 << 20;

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct Console {
    client: Client,
    base: String,
    csrf: String,
}

/// A page, or why there is none.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    /// Where one came out after redirects.
    pub path: String,
    pub text: String,
}

impl Page {
    /// A page that was shown.
    pub fn ok(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.status.is_success(),
            "{} {}: {}",
            self.status,
            self.path,
            self.problem()
        );
        Ok(self)
    }

    /// What stands between two pieces of mark-up, every time it does.
    pub fn between<'a>(&'a self, before: &'a str, after: &'a str) -> impl Iterator<Item = &'a str> {
        let parts = self.text.split(before).skip(1);
        parts.filter_map(move |rest| rest.split(after).next())
    }

    /// The text of a page that says what is wrong; the whole page where none is marked.
    pub fn problem(&self) -> String {
        let marked = self.text.split_once("data-problem").map(|(_, rest)| rest);
        marked.unwrap_or(&self.text).chars().take(600).collect()
    }
}

impl Console {
    /// Signs the first group's administrator in.
    pub async fn sign_in(system: &System) -> anyhow::Result<Self> {
        let client = Client::builder().cookie_store(true).build()?;
        let (base, group) = (system.console(), system.group());
        let form = [
            ("login", group.admin.0.as_str()),
            ("password", &group.admin.1),
            ("group", &group.id),
        ];
        let entered = client
            .post(format!("{base}/sign-in"))
            .header(header::ORIGIN, &base)
            .form(&form)
            .send()
            .await?;
        anyhow::ensure!(entered.status().is_success(), "sign-in: {}", entered.status());
        let page = entered.text().await?;
        let csrf = page
            .split_once("name=\"csrf\" content=\"")
            .and_then(|(_, rest)| rest.split('"').next())
            .context("a page that carries the session's token")?
            .to_owned();
        Ok(Self { client, base, csrf })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Page> {
        let answer = request
            .header(header::ORIGIN, &self.base)
            .header("x-csrf-token", &self.csrf)
            .send()
            .await?;
        Ok(Page {
            status: answer.status(),
            path: answer.url().path().to_owned(),
            text: answer.text().await?,
        })
    }

    /// Reads a page.
    pub async fn get(&self, path: &str) -> anyhow::Result<Page> {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    /// Sends a form, and reads the page that comes of it.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Page> {
        self.send(self.client.post(format!("{}{path}", self.base)).form(fields))
            .await
    }

    /// Gives a file for import, as the page does; answers the path of its own page.
    pub async fn upload(
        &self,
        name: &str,
        kind: &str,
        branch_id: &str,
        content: &[u8],
    ) -> anyhow::Result<String> {
        let bytes = content.len().to_string();
        let fields = [
            ("name", name),
            ("kind", kind),
            ("branch_id", branch_id),
            ("bytes", &bytes),
        ];
        let begun: serde_json::Value =
            serde_json::from_str(&self.post("/imports", &fields).await?.ok()?.text)?;
        let page = format!("/imports/{}", begun["id"].as_str().context("the file's id")?);
        for (number, piece) in content.chunks(PIECE).enumerate() {
            let url = format!("{}{page}/pieces/{number}", self.base);
            self.send(self.client.post(url).body(piece.to_vec()))
                .await?
                .ok()?;
        }
        Ok(page)
    }
}
