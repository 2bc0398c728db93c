//! Sign in, find a client by telephone, open the card, switch the language.

use e2e::{System, api::text, eventually, people};
use serde_json::json;

use super::{pictures, signed_in};

#[tokio::test]
async fn a_seller_finds_a_client_by_phone_and_reads_the_card() {
    let system = System::shared().await;
    let Some(browser) = signed_in(&system, "seller", 1280).await else {
        return;
    };
    let api = system.api();
    let person = people::Person::woman();
    let vin = people::vin();
    let record = json!({
        "kind": "repair_order", "external_id": format!("card-{}", person.digits), "full_name": person.full_name(),
        "occurred_at": "2026-11-12T10:00:00+03:00", "phones": [person.e164()], "emails": [person.email],
        "vehicle": { "vin": vin, "plate": people::plate(), "make": "Volga", "model": "K50", "year": 2023 },
        "role": "owner", "comment": "Замена колодок", "amount": { "minor": 870_000, "currency": "RUB" },
        "branch": system.group().branch.branch_id,
        "consents": [{ "purpose": "advertising", "channel": "sms", "granted": true, "proof": "анкета 12" }],
    });
    let client_id = text(&api.record(&record).await.unwrap(), "client_id").to_owned();
    let document = people::adf("card", &person, &person.local(), "Хочу обменять");
    api.adf_lead(system.group().key("adf"), document).await.unwrap();
    eventually("the lead is hers", async || {
        let leads = api.rows("leads", &client_id).await?;
        anyhow::ensure!(!leads.is_empty(), "no lead");
        Ok(())
    })
    .await;

    for writing in [
        person.local(),
        person.digits.clone(),
        vin.get(11..).unwrap().to_owned(),
    ] {
        browser.go("/").await.unwrap();
        browser.fill("#q", &writing).await.unwrap();
        let hit = browser.see(".finder-hits a[data-hit]").await;
        assert!(hit.text().await.unwrap().contains(&person.last_name), "{writing}");
    }
    browser.click(".finder-hits a[data-hit]").await;
    browser.see("main h1").await;
    assert!(
        browser
            .client()
            .current_url()
            .await
            .unwrap()
            .path()
            .ends_with(&client_id)
    );
    for shown in [&person.last_name, "Volga", "Замена колодок"] {
        browser.read(shown).await;
    }
    pictures(&browser, "card", &format!("/clients/{client_id}")).await;
    pictures(&browser, "home-seller", "/").await;
    browser.close().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_said_to_be_wrong_and_a_stranger_sees_nothing() {
    let system = System::shared().await;
    let Some(programs) = e2e::browser::found() else {
        return;
    };
    let browser = e2e::browser::Browser::open(&programs, &system.console(), 1280)
        .await
        .unwrap();
    browser.go("/leads").await.unwrap();
    browser.see("input[name=password]").await;
    for locale in ["en", "ru"] {
        browser.go(&format!("/sign-in?lang={locale}")).await.unwrap();
        browser
            .see(&format!("html[lang={locale}] input[name=password]"))
            .await;
        browser.picture(&format!("sign-in-{locale}")).await.unwrap();
    }
    browser.fill("input[name=login]", "nobody").await.unwrap();
    browser
        .fill("input[name=password]", "certainly wrong")
        .await
        .unwrap();
    if browser.has("input[name=group]").await.unwrap() {
        browser
            .fill("input[name=group]", &system.group().id)
            .await
            .unwrap();
    }
    browser.click("form button").await;
    browser.see("[role=alert]").await;
    browser.close().await.unwrap();
}
