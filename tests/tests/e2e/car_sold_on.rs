//! A car changes hands: its owners stay two clients, and each card says from when to when it was whose.

use e2e::{System, api::text, eventually, people};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_sold_car_changes_its_owner_and_merges_nobody() {
    let system = System::shared().await;
    let api = system.api();
    let (seller, buyer) = (people::Person::man(), people::Person::woman());
    let vin = people::vin();
    let record = |person: &people::Person, kind: &str, at: &str| {
        json!({
            "kind": kind, "external_id": format!("{kind}-{}", person.digits), "occurred_at": at,
            "full_name": person.full_name(), "phones": [person.e164()], "role": "owner",
            "vehicle": { "vin": vin, "make": "Volga", "model": "C50", "year": 2021 },
        })
    };
    let first = api
        .record(&record(&seller, "sale", "2021-04-01T12:00:00+03:00"))
        .await
        .unwrap();
    let second = api
        .record(&record(&buyer, "repair_order", "2026-10-05T12:00:00+03:00"))
        .await
        .unwrap();
    let (seller_id, buyer_id) = (text(&first, "client_id"), text(&second, "client_id"));
    assert_ne!(seller_id, buyer_id, "{second}");
    assert_ne!(text(&second, "outcome"), "linked", "{second}");

    eventually("the car is hers now and was his before", async || {
        let (his, hers) = (
            roles(&api.card(seller_id).await?, &vin),
            roles(&api.card(buyer_id).await?, &vin),
        );
        let now = |roles: &[Value]| {
            roles
                .iter()
                .any(|role| text(role, "role") == "owner" && role["to"].is_null())
        };
        anyhow::ensure!(
            now(&hers) && !now(&his) && !his.is_empty(),
            "his {his:?}, hers {hers:?}"
        );
        Ok(())
    })
    .await;

    // What about the car goes to her now, and he is asked what he drives, until he says it.
    let receives = async |client: &str| roles(&api.card(client).await.unwrap(), &vin)[0]["receives"].clone();
    assert_eq!(receives(buyer_id).await, json!(["invoice", "reminder", "recall"]));
    assert_eq!(receives(seller_id).await, json!([]));
    let routing = format!("/api/v1/vehicles/routing?vin={vin}");
    let routing = api.get(&routing).await.unwrap();
    let to: Vec<(&str, &str, &str)> = routing["routes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|route| (text(route, "what"), text(route, "role"), text(route, "client_id")))
        .collect();
    let hers = ["invoice", "reminder", "recall"].map(|what| (what, "owner", buyer_id));
    assert_eq!(to, hers, "{routing}");
    let by_id = format!(
        "/api/v1/vehicles/routing?vehicle_id={}",
        text(&routing, "vehicle_id")
    );
    assert_eq!(api.get(&by_id).await.unwrap(), routing);
    for (query, status) in [("vin=short", 400), ("", 400), ("plate=A000AA99&vin=x", 400)] {
        let path = format!("/api/v1/vehicles/routing?{query}");
        let refused = api.send(Method::GET, &path, None).await.unwrap();
        assert_eq!(refused.status, status, "{query}");
    }
    let unknown = format!("/api/v1/vehicles/routing?vin={}", people::vin());
    let unknown = api.send(Method::GET, &unknown, None).await.unwrap();
    assert_eq!(unknown.status, 404);
    let asked = api.card(seller_id).await.unwrap()["hints"][0]["kind"].clone();
    assert_eq!(asked, "what_do_you_drive_now");
    let told =
        json!({ "vehicle": { "vin": people::vin(), "make": "Volga", "model": "K40" }, "role": "owner" });
    api.post(&format!("/api/v1/clients/{seller_id}/records"), &told)
        .await
        .unwrap();
    assert_eq!(api.card(seller_id).await.unwrap()["hints"], json!([]));

    // Her next visit is hers.
    let mut visit = record(&buyer, "repair_order", "2026-11-15T12:00:00+03:00");
    visit["external_id"] = json!(format!("visit-{}", buyer.digits));
    let visit = api.record(&visit).await.unwrap();
    assert_eq!(text(&visit, "client_id"), buyer_id, "{visit}");
}

fn roles(card: &Value, vin: &str) -> Vec<Value> {
    let all = card["vehicles"].as_array().cloned().unwrap_or_default();
    all.into_iter()
        .filter(|role| role["vehicle"]["vin"] == vin)
        .collect()
}
