//! Every screen of an administrator opens in both languages, and fits a telephone's window.

use e2e::System;

use super::{pictures, signed_in};

const SCREENS: [(&str, &str); 11] = [
    ("home", "/"),
    ("leads", "/leads"),
    ("calls-all", "/calls"),
    ("messages", "/messages"),
    ("review-queue", "/reviews"),
    ("journal", "/journal"),
    ("people", "/people"),
    ("inputs", "/inputs"),
    ("connections", "/connections"),
    ("identity", "/identity"),
    ("explain", "/identity/explain"),
];

#[tokio::test]
async fn every_screen_opens_in_both_languages() {
    let system = System::shared().await;
    let Some(browser) = signed_in(&system, "administrator", 1280).await else {
        return;
    };
    for (name, path) in SCREENS {
        pictures(&browser, name, path).await;
        assert!(
            !browser.has("[data-problem]").await.unwrap(),
            "{path}: {}",
            browser.text().await.unwrap()
        );
    }
    let errors = browser.script("return window.performance.getEntriesByType('resource').filter(it => it.responseStatus >= 400).map(it => it.name)");
    assert_eq!(errors.await.unwrap(), serde_json::json!([]));
    browser.close().await.unwrap();
}

#[tokio::test]
async fn nothing_is_wider_than_a_telephones_window() {
    let system = System::shared().await;
    let Some(browser) = signed_in(&system, "administrator", 500).await else {
        return;
    };
    // Chromium's windows have a least width; the page is told a telephone's by its frame's metrics.
    for (name, path) in SCREENS {
        browser.go(path).await.unwrap();
        browser.see("main").await;
        let widths = browser
            .script("return [document.documentElement.scrollWidth, window.innerWidth]")
            .await
            .unwrap();
        let (page, window) = (widths[0].as_i64().unwrap(), widths[1].as_i64().unwrap());
        assert!(page <= window, "{path} is {page} wide in a window of {window}");
        browser.picture(&format!("narrow-{name}")).await.unwrap();
    }
    browser.close().await.unwrap();
}
