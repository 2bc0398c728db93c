//! A call rings at the operator's extension: her open page shows who it is; when it ends she writes the result.

use std::time::Duration;

use e2e::{
    System,
    api::text,
    browser::Browser,
    eventually,
    peers::pbx::{Ringing, Story},
    people,
};
use fantoccini::Locator;
use serde_json::json;

use super::{language, pictures, signed_in};

/// Rings until the page shows it: a page that has just been opened may not listen yet at the first ring.
async fn rings_until_shown<'a>(
    system: &'a System,
    browser: &Browser,
    person: &people::Person,
) -> Ringing<'a> {
    let extension = system.group().operator.extension.as_str();
    for _ in 0..5 {
        let ringing = system
            .pbx()
            .ring(Story::Answered, &person.trunk(), [extension, "399"])
            .await
            .unwrap();
        let wait = browser.client().wait().at_most(Duration::from_secs(4));
        if wait.for_element(Locator::Css(".pop[data-pop]")).await.is_ok() {
            return ringing;
        }
        ringing.go_on();
    }
    panic!(
        "five calls rang and the page showed none: {}",
        browser.text().await.unwrap_or_default()
    );
}

#[tokio::test]
async fn a_ringing_call_opens_the_card_on_the_operators_page() {
    let system = System::shared().await;
    let Some(browser) = signed_in(&system, "operator", 1280).await else {
        return;
    };
    let api = system.api();
    let person = people::Person::woman();
    let record = json!({
        "kind": "contact", "external_id": format!("pop-{}", person.digits), "full_name": person.full_name(),
        "phones": [person.e164()],
    });
    api.record(&record).await.unwrap();
    for locale in ["en", "ru"] {
        language(&browser, locale).await;
        browser.go("/").await.unwrap();
        browser.see("main h1").await;
        let ringing = rings_until_shown(&system, &browser, &person).await;
        // The panel is replaced as the call goes on, so it is looked at anew each time.
        eventually("the panel names her", async || {
            let text = browser.see(".pop").await.text().await?;
            anyhow::ensure!(text.contains(&person.last_name), "{text}");
            Ok(())
        })
        .await;
        browser.picture(&format!("pop-ringing-{locale}")).await.unwrap();
        let talking = ringing.answer();
        talking.go_on();
        browser.see(".pop form").await;
        browser.picture(&format!("pop-result-{locale}")).await.unwrap();
        browser.click(".pop [data-pop-close]").await;
    }
    // What is being typed is never covered or taken away by another call.
    browser.go("/").await.unwrap();
    browser.fill("#q", "Орло").await.unwrap();
    let other = people::Person::man();
    let ringing = rings_until_shown(&system, &browser, &other).await;
    let typed = browser.see("#q").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("Орло"));
    ringing.go_on();
    pictures(&browser, "calls", "/calls").await;
    let calls = api.get("/api/v1/calls?limit=50").await.unwrap();
    assert!(
        calls["calls"]
            .as_array()
            .unwrap()
            .iter()
            .any(|call| text(call, "number") == person.e164())
    );
    browser.close().await.unwrap();
}
