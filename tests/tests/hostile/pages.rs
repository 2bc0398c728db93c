//! The console, read as its administrator without a browser.

use e2e::System;
use reqwest::{Client, header};

/// A signed-in reader of pages.
pub struct Reader {
    client: Client,
    base: String,
}

impl Reader {
    pub async fn sign_in(system: &System) -> Self {
        let client = Client::builder().cookie_store(true).build().unwrap();
        let base = system.console();
        let group = system.group();
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
            .await
            .unwrap();
        assert!(entered.status().is_success(), "{}", entered.status());
        let reader = Self { client, base };
        assert!(reader.read("/").await.contains("id=\"q\""), "signed in");
        reader
    }

    /// The page's mark-up.
    pub async fn read(&self, path: &str) -> String {
        let answer = self
            .client
            .get(format!("{}{path}", self.base))
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let page = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status}");
        page
    }
}
