//! A wife and a husband with one telephone stay two clients, and a call from it is nobody's for certain.

use e2e::{System, api::text, eventually, peers::pbx::Story, people::Person};
use serde_json::json;

#[tokio::test]
async fn a_shared_phone_does_not_make_one_card_of_two_people() {
    let system = System::shared().await;
    let api = system.api();
    let mut wife = Person::woman();
    wife.first_name = "Ольга".to_owned();
    let mut husband = Person::man();
    // The same family name in its male form, the same phone.
    husband.last_name = wife.last_name.trim_end_matches('а').to_owned();
    husband.digits.clone_from(&wife.digits);

    let record = |person: &Person, gender: &str, born: &str| {
        json!({
            "kind": "contact", "external_id": format!("family-{gender}-{}", person.digits), "gender": gender,
            "full_name": person.full_name(), "birth_date": born, "phones": [person.local()],
        })
    };
    let first = api.record(&record(&wife, "female", "1985-03-14")).await.unwrap();
    let second = api.record(&record(&husband, "male", "1982-07-02")).await.unwrap();
    assert_ne!(text(&first, "client_id"), text(&second, "client_id"), "{second}");
    assert_ne!(text(&second, "outcome"), "linked", "{second}");

    // The same people again are recognised, each as himself.
    let mut again = record(&husband, "male", "1982-07-02");
    again["external_id"] = json!(format!("again-{}", husband.digits));
    let again = api.record(&again).await.unwrap();
    assert_eq!(
        (text(&again, "client_id"), text(&again, "outcome")),
        (text(&second, "client_id"), "linked"),
        "{again}"
    );

    let found = api.find(&wife.e164()).await.unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    let card = api.card(text(&first, "client_id")).await.unwrap();
    assert_eq!(card["contacts"][0]["shared_with"], 1, "{card}");

    system
        .pbx()
        .call(Story::Busy, &wife.trunk(), ["303", "304"])
        .await
        .unwrap();
    let call = eventually(
        "the call is there, resolved, and claims neither of them for certain",
        async || {
            let calls = api.get("/api/v1/calls?limit=100").await?;
            let calls = calls["calls"].as_array().cloned().unwrap_or_default();
            let call = calls.into_iter().find(|call| text(call, "number") == wife.e164());
            let call = call.ok_or_else(|| anyhow::anyhow!("no call"))?;
            anyhow::ensure!(text(&call, "recognition") == "ambiguous", "{call}");
            anyhow::ensure!(!text(&call, "client_id").is_empty(), "{call}");
            Ok(call)
        },
    )
    .await;
    // Nobody knows which of them called: the unknown caller is a card beside theirs, and a person is asked.
    for client in [&first, &second] {
        assert_ne!(text(&call, "client_id"), text(client, "client_id"), "{call}");
    }
    assert_eq!(
        api.find(&wife.e164()).await.unwrap().len(),
        3,
        "both of them and the unknown caller"
    );
}
