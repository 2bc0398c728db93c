//! A question answered over HTTP, why two are one client or are not, a record parted and put back: everything as an
//! integration would do it.

use e2e::{
    System,
    api::{Api, text},
    people::{self, Person},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// What a client is: his card without the counter of its changes, his timeline, his records.
async fn picture(api: &Api, client_id: &str) -> [String; 3] {
    let mut card = api.card(client_id).await.unwrap();
    card.as_object_mut().unwrap().remove("version");
    let timeline = api.timeline(client_id).await.unwrap();
    let records = records(api, client_id).await;
    [json!(card), json!(timeline), json!(records)].map(|part| serde_json::to_string_pretty(&part).unwrap())
}

async fn records(api: &Api, client_id: &str) -> Vec<Value> {
    let page = api
        .get(&format!("/api/v1/clients/{client_id}/records"))
        .await
        .unwrap();
    page["records"].as_array().unwrap().clone()
}

async fn explain(api: &Api, left: &str, right: &str) -> Value {
    let told = api
        .get(&format!("/api/v1/identity/explain?left={left}&right={right}"))
        .await
        .unwrap();
    let sum: f64 = told["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| text(one, "field") != "conflict")
        .map(|one| one["bits"].as_f64().unwrap())
        .sum();
    assert!(
        (sum - told["bits"].as_f64().unwrap()).abs() < 0.01 || has(&told, "conflict").is_some(),
        "the evidence adds up: {told}"
    );
    told
}

fn has<'a>(told: &'a Value, field: &str) -> Option<&'a Value> {
    let mut all = told["evidence"].as_array().unwrap().iter();
    all.find(|one| text(one, "field") == field)
}

fn visit(person: &Person, number: &str, vin: &str) -> Value {
    json!({
        "kind": "repair_order", "external_id": format!("who-{number}-{}", person.digits), "full_name": person.full_name(),
        "occurred_at": "2026-11-05T12:00:00+03:00", "phones": [person.e164()], "emails": [person.email],
        "vehicle": { "vin": vin, "make": "Volga", "model": "K40" }, "role": "owner",
        "consents": [{ "purpose": "advertising", "channel": "sms", "granted": number == "1", "proof": "анкета" }],
        "comment": format!("визит {number}"),
    })
}

#[tokio::test]
async fn a_question_answered_over_http_merges_and_answers_only_once() {
    let system = System::shared().await;
    let api = system.api();
    let person = Person::woman();
    let mut ids = Vec::new();
    for middle in ["Сергеевна", "Андреевна"] {
        let record = json!({ "kind": "contact", "external_id": format!("who-{middle}-{}", person.digits),
            "last_name": person.last_name, "first_name": person.first_name, "middle_name": middle,
            "phones": [person.e164()] });
        let answer = api.record(&record).await.unwrap();
        ids.push(text(&answer, "client_id").to_owned());
    }
    let open = format!("/api/v1/reviews?client_id={}", ids[1]);
    let questions = api.get(&open).await.unwrap();
    let question = &questions["reviews"][0];
    assert!(question["worth"].as_f64().unwrap() > 0.0, "{questions}");
    assert!(has(question, "patronymic").is_some(), "{question}");
    let decide = format!("/api/v1/reviews/{}/decide", text(question, "review_id"));

    let decided = api.post(&decide, &json!({ "decision": "same" })).await.unwrap();
    assert_eq!(text(&decided, "state"), "same");
    let survivor = text(&api.card(&ids[0]).await.unwrap(), "client_id").to_owned();
    assert_eq!(text(&api.card(&ids[1]).await.unwrap(), "client_id"), survivor);
    assert_eq!(api.get(&open).await.unwrap()["reviews"], json!([]));
    let again = api
        .send(Method::POST, &decide, Some(&json!({ "decision": "different" })))
        .await
        .unwrap();
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    assert!(
        text(&again.body, "detail").contains("answered before"),
        "{}",
        again.body
    );

    // Told why, although it was not the evidence that decided.
    let record = text(&records(&api, &survivor).await[0], "source_record_id").to_owned();
    let told = explain(&api, &record, &survivor).await;
    assert_eq!(told["same_card"], true, "{told}");
}

#[tokio::test]
async fn why_is_told_of_one_client_and_of_two() {
    let system = System::shared().await;
    let api = system.api();
    let (person, stranger) = (Person::man(), Person::woman());
    let vin = people::vin();
    let first = api.record(&visit(&person, "1", &vin)).await.unwrap();
    let second = api.record(&visit(&person, "2", &vin)).await.unwrap();
    let other = api.record(&visit(&stranger, "1", &people::vin())).await.unwrap();
    assert_eq!(text(&second, "outcome"), "linked", "{second}");

    let told = explain(
        &api,
        text(&first, "source_record_id"),
        text(&second, "source_record_id"),
    )
    .await;
    assert_eq!(
        (text(&told, "verdict"), &told["same_card"]),
        ("link", &json!(true)),
        "{told}"
    );
    let phone = has(&told, "phone").unwrap();
    assert!(
        phone["bits"].as_f64().unwrap() > 0.0 && text(phone, "outcome") == "exact",
        "{told}"
    );
    assert_eq!(text(phone, "left"), person.e164(), "{told}");

    let told = explain(&api, text(&first, "client_id"), text(&other, "client_id")).await;
    assert_eq!(
        (text(&told, "verdict"), &told["same_card"]),
        ("new", &json!(false)),
        "{told}"
    );
    assert!(
        told["bits"].as_f64().unwrap() < told["ask_bits"].as_f64().unwrap(),
        "{told}"
    );

    // Why the second record is on the card was kept when it came.
    let placed = records(&api, text(&first, "client_id")).await;
    let linked = placed
        .iter()
        .find(|placed| text(placed, "source_record_id") == text(&second, "source_record_id"))
        .unwrap();
    assert!(has(linked, "vin").is_some(), "{linked}");
    assert_eq!(text(&linked["record"], "comment"), "визит 2");

    for (pair, status) in [
        ("left=x&right=y".to_owned(), StatusCode::BAD_REQUEST),
        (
            format!("left={0}&right={0}", text(&first, "client_id")),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!(
                "left={}&right=01900000-0000-7000-8000-00000000abcd",
                text(&first, "client_id")
            ),
            StatusCode::NOT_FOUND,
        ),
    ] {
        let path = format!("/api/v1/identity/explain?{pair}");
        let answer = api.send(Method::GET, &path, None).await.unwrap();
        assert_eq!(answer.status, status, "{pair}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_record_is_parted_and_put_back_exactly() {
    let system = System::shared().await;
    let api = system.api();
    let person = Person::man();
    let vin = people::vin();
    let first = api.record(&visit(&person, "1", &vin)).await.unwrap();
    let second = api.record(&visit(&person, "2", &vin)).await.unwrap();
    let client = text(&first, "client_id").to_owned();
    assert_eq!(text(&second, "client_id"), client);
    let before = picture(&api, &client).await;

    let give = format!("/api/v1/records/{}/move", text(&second, "source_record_id"));
    let moved = api.post(&give, &json!({})).await.unwrap();
    let new = text(&moved, "to_client_id").to_owned();
    assert_ne!(new, client);
    for (id, comment) in [(&client, "визит 1"), (&new, "визит 2")] {
        let placed = records(&api, id).await;
        assert_eq!(placed.len(), 1, "{placed:?}");
        assert_eq!(text(&placed[0]["record"], "comment"), comment);
        let card = api.card(id).await.unwrap();
        assert_eq!(
            card["consents"][0]["granted"],
            json!(comment == "визит 1"),
            "{card}"
        );
    }
    // What a person parted stays parted.
    let told = explain(&api, &client, &new).await;
    assert_eq!(
        (text(&told, "ruling"), &told["same_card"]),
        ("different", &json!(false)),
        "{told}"
    );

    let undo = format!("/api/v1/moves/{}/undo", text(&moved, "move_id"));
    api.post(&undo, &json!({})).await.unwrap();
    let after = picture(&api, &client).await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert_eq!(records(&api, &new).await, Vec::<Value>::new());
    let again = api.send(Method::POST, &undo, Some(&json!({}))).await.unwrap();
    assert_eq!(again.status, StatusCode::NOT_FOUND, "{}", again.body);
}
