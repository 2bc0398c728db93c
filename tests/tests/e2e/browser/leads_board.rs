//! A lead appears on the board by itself and is moved to the next step with the keyboard.

use anyhow::ensure;
use e2e::{System, api::text, eventually, people};
use fantoccini::key::Key;

use super::{pictures, signed_in};

#[tokio::test]
async fn a_lead_appears_on_the_open_board_and_moves_a_step_by_key() {
    let system = System::shared().await;
    let Some(browser) = signed_in(&system, "head_of_sales", 1440).await else {
        return;
    };
    let api = system.api();
    browser.go("/leads").await.unwrap();
    browser.see("[data-lane=first_contact]").await;

    let person = people::Person::man();
    let document = people::adf("board", &person, &person.local(), "Тест-драйв в субботу");
    let lead_id = api.adf_lead(system.group().key("adf"), document).await.unwrap();
    let lead = format!("[data-lead=\"{lead_id}\"]");
    // Nobody reloads the page.
    let shown = browser.see(&format!("[data-lane=first_contact] {lead}")).await;
    eventually("the card on the board has his name", async || {
        let text = browser.see(&lead).await.text().await?;
        ensure!(text.contains(&person.last_name), "{text}");
        Ok(())
    })
    .await;
    drop(shown);

    // One key is one step: pressed again only if the board was drawn anew before it could be pressed.
    eventually("the key is pressed on the lead", async || {
        let link = browser.see(&format!("[data-lane=first_contact] {lead} a")).await;
        link.send_keys(&Key::Right.to_string()).await?;
        anyhow::Ok(())
    })
    .await;
    eventually("the lead is in the next lane", async || {
        let lead = api.get(&format!("/api/v1/leads/{lead_id}")).await?;
        ensure!(text(&lead, "step") == "talk", "{lead}");
        Ok(())
    })
    .await;
    browser.see(&format!("[data-lane=talk] {lead}")).await;
    pictures(&browser, "leads-board", "/leads").await;
    pictures(&browser, "home-head", "/").await;
    browser.close().await.unwrap();
}
