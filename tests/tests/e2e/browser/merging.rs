//! Two cards of one person: the review queue offers them, they are merged there and come apart again.

use anyhow::ensure;
use e2e::{
    System,
    api::{Api, text},
    eventually, people,
};
use serde_json::{Value, json};

use super::{pictures, signed_in};

async fn review_of(api: &Api, client_id: &str) -> anyhow::Result<Value> {
    let reviews = api.get("/api/v1/reviews?limit=100").await?;
    let reviews = reviews["reviews"].as_array().cloned().unwrap_or_default();
    let hers = reviews.into_iter().find(|review| {
        [text(review, "left_client_id"), text(review, "right_client_id")].contains(&client_id)
    });
    hers.ok_or_else(|| anyhow::anyhow!("no review of {client_id}"))
}

#[tokio::test]
async fn a_review_is_decided_and_undone_and_both_cards_are_as_before() {
    let system = System::shared().await;
    let Some(browser) = signed_in(&system, "administrator", 1280).await else {
        return;
    };
    let api = system.api();
    let person = people::Person::woman();
    // The same phone, a misspelt name, nothing else: for a human to say.
    let mut ids = Vec::new();
    let misspelt = format!("{} {}", person.last_name.replacen('а', "о", 1), person.first_name);
    for (number, name) in [person.full_name(), misspelt].into_iter().enumerate() {
        let record = json!({
            "kind": "contact", "external_id": format!("review-{number}-{}", person.digits), "full_name": name,
            "phones": [person.e164()], "emails": [format!("r{number}-{}", person.email)],
        });
        let answer = api.record(&record).await.unwrap();
        ids.push(text(&answer, "client_id").to_owned());
    }
    if ids[0] == ids[1] {
        // Sure enough to link by itself: then the merge is undone from the cards in `merge_and_unmerge`.
        pictures(&browser, "reviews", "/reviews").await;
        return browser.close().await.unwrap();
    }
    let review = eventually("a human is asked", async || review_of(&api, &ids[1]).await).await;
    let before = [api.card(&ids[0]).await.unwrap(), api.card(&ids[1]).await.unwrap()];
    pictures(&browser, "reviews", "/reviews").await;

    let review_id = text(&review, "review_id").to_owned();
    // The queue begins with what is worth most; hers may stand further down.
    browser
        .go(&format!("/reviews?client_id={}", ids[1]))
        .await
        .unwrap();
    let form = format!("form[action='/reviews/{review_id}/decide'] button[value=same]");
    browser.click(&form).await;
    let survivor = eventually("both ids lead to one card", async || {
        let (one, other) = (api.card(&ids[0]).await?, api.card(&ids[1]).await?);
        ensure!(one["client_id"] == other["client_id"], "two cards");
        Ok(text(&one, "client_id").to_owned())
    })
    .await;
    pictures(&browser, "merged-card", &format!("/clients/{survivor}")).await;

    browser.go("/reviews").await.unwrap();
    browser
        .click(&format!("form[action='/reviews/{review_id}/undo'] button"))
        .await;
    eventually("both cards are as before", async || {
        for (id, before) in ids.iter().zip(&before) {
            let after = api.card(id).await?;
            for field in ["client_id", "display_name", "contacts", "source_record_count"] {
                ensure!(
                    after[field] == before[field],
                    "{field}: {} was {}",
                    after[field],
                    before[field]
                );
            }
        }
        Ok(())
    })
    .await;
    browser.close().await.unwrap();
}
