//! A contact is confirmed by what reached it, goes stale with time, and is answered by a person from the list of what to
//! confirm, who may take the answer back.

use anyhow::{Context as _, ensure};
use e2e::{System, api::text, eventually, people};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_delivered_message_confirms_the_number_it_went_to() {
    let system = System::shared().await;
    let (api, group) = (system.api(), system.group());
    let anna = people::Person::woman();
    let document = people::adf("portal-1", &anna, &anna.local(), "Хочу Volga в наличии");
    api.adf_lead(group.key("adf"), document).await.unwrap();
    eventually("her number is confirmed by the delivery", async || {
        let client = api.only(&anna.e164()).await?;
        let card = api.card(text(&client, "client_id")).await?;
        let phone = phone(&card, &anna.e164())?;
        let datum = &phone["datum"];
        ensure!(
            datum["state"] == "current" && datum["confirmed_by"] == "delivered_message",
            "{phone}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_stale_number_is_listed_answered_and_the_answer_taken_back() {
    let system = System::shared().await;
    let api = system.api();
    let (oleg, number) = (people::Person::man(), people::Person::man().e164());
    let record = json!({
        "kind": "sale", "external_id": format!("old-{}", oleg.digits), "occurred_at": "2019-04-01T12:00:00+03:00",
        "full_name": oleg.full_name(), "phones": [number], "amount": { "minor": 250_000_000, "currency": "RUB" },
    });
    let resolved = api.record(&record).await.unwrap();
    let client_id = text(&resolved, "client_id").to_owned();
    let listed = async || -> anyhow::Result<bool> {
        let mut cursor = String::new();
        loop {
            let page = api
                .get(&format!(
                    "/api/v1/contacts-to-confirm?kind=phone&limit=50{cursor}"
                ))
                .await?;
            let rows = page["contacts"].as_array().context("no list")?;
            if rows.iter().any(|row| row["value"] == number.as_str()) {
                return Ok(true);
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={}", next.replace('+', "%2B")),
                None => return Ok(false),
            }
        }
    };
    eventually("the number is to be confirmed", async || {
        ensure!(listed().await?, "not listed");
        Ok(())
    })
    .await;

    let body = json!({ "kind": "phone", "value": number, "answer": "wrong" });
    let answered = api
        .post(&format!("/api/v1/clients/{client_id}/contacts/answer"), &body)
        .await
        .unwrap();
    assert!(!listed().await.unwrap());
    let card = api.card(&client_id).await.unwrap();
    assert_eq!(phone(&card, &number).unwrap()["datum"]["state"], "wrong");
    assert_eq!(phone(&card, &number).unwrap()["preferred"], false);

    let correction = text(&answered, "correction_id");
    api.post(&format!("/api/v1/corrections/{correction}/undo"), &json!({}))
        .await
        .unwrap();
    assert!(listed().await.unwrap());

    // A program that follows links says by which click it knows.
    let path = format!("/api/v1/clients/{client_id}/contacts/answer");
    let mut body = json!({ "kind": "phone", "value": number, "answer": "confirmed", "by": "click" });
    let unnamed = api.send(Method::POST, &path, Some(&body)).await.unwrap();
    assert_eq!(unnamed.status, 400, "{}", unnamed.body);
    body["ref_id"] = json!("campaign-7/link-3");
    api.post(&path, &body).await.unwrap();
    assert!(!listed().await.unwrap());
    let card = api.card(&client_id).await.unwrap();
    let confirmed = phone(&card, &number).unwrap();
    assert_eq!(confirmed["datum"]["confirmed_by"], "click", "{confirmed}");
    assert_eq!(confirmed["proofs"][0]["ref_id"], "campaign-7/link-3");
}

fn phone(card: &Value, number: &str) -> anyhow::Result<Value> {
    let contacts = card["contacts"].as_array().context("no contacts")?;
    let found = contacts.iter().find(|contact| contact["value"] == number);
    found.cloned().with_context(|| format!("no {number} on {card}"))
}
