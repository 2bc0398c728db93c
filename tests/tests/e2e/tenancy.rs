//! Another dealership group sees nothing of the first, by whatever door it tries.

use e2e::{System, api::text, eventually, people};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn another_group_finds_lists_and_opens_nothing_of_ours() {
    let system = System::shared().await;
    let other = system.add_group("polyus", "Полюс").await.unwrap();
    let (api, foreign) = (system.api(), system.api_of(&other));
    let person = people::Person::woman();
    let document = people::adf("tenancy", &person, &person.local(), "Наша заявка");
    let lead_id = api.adf_lead(system.group().key("adf"), document).await.unwrap();
    let client = eventually("our client", async || api.only(&person.e164()).await).await;
    let client_id = text(&client, "client_id");
    eventually("our message", async || {
        anyhow::ensure!(!api.rows("messages", client_id).await?.is_empty(), "none");
        Ok(())
    })
    .await;

    for query in [&person.e164(), &person.email, &person.last_name] {
        assert!(foreign.find(query).await.unwrap().is_empty(), "{query}");
    }
    for what in ["leads", "calls", "messages", "tasks"] {
        // Either there is no such client, or he has none of these.
        let path = format!("/api/v1/{what}?client_id={client_id}");
        let answer = foreign.send(Method::GET, &path, None).await.unwrap();
        let empty = answer.body[what].as_array().is_some_and(Vec::is_empty);
        assert!(
            answer.status == StatusCode::NOT_FOUND || empty,
            "{what}: {answer:?}"
        );
        let all = foreign.get(&format!("/api/v1/{what}")).await.unwrap();
        assert!(!all.to_string().contains(client_id), "{what}");
    }
    let message_id = text(&api.rows("messages", client_id).await.unwrap()[0], "message_id").to_owned();
    for path in [
        format!("clients/{client_id}"),
        format!("clients/{client_id}/timeline"),
        format!("leads/{lead_id}"),
        format!("messages/{message_id}"),
    ] {
        let answer = foreign
            .send(Method::GET, &format!("/api/v1/{path}"), None)
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
        assert!(!answer.body.to_string().contains(&person.last_name), "{answer:?}");
    }
    let note = json!({ "text": "чужая заметка" });
    let answer = foreign
        .send(
            Method::POST,
            &format!("/api/v1/clients/{client_id}/notes"),
            Some(&note),
        )
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{answer:?}");
    let step = json!({ "step": "talk" });
    let answer = foreign
        .send(
            Method::POST,
            &format!("/api/v1/leads/{lead_id}/move"),
            Some(&step),
        )
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{answer:?}");

    // The same person in both groups is two cards that know nothing of each other.
    let document = people::adf("tenancy", &person, &person.local(), "Их заявка");
    let theirs = foreign.adf_lead(other.key("adf"), document).await.unwrap();
    assert_ne!(theirs, lead_id);
    let their_client = eventually("their client", async || foreign.only(&person.e164()).await).await;
    assert_ne!(text(&their_client, "client_id"), client_id);
    let ours = api
        .send(Method::GET, &format!("/api/v1/leads/{theirs}"), None)
        .await
        .unwrap();
    assert_eq!(ours.status, StatusCode::NOT_FOUND);
    assert_eq!(api.rows("leads", client_id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_or_with_a_made_up_one() {
    let system = System::shared().await;
    for token in ["", "edina_made_up", "main.00000000000000000000"] {
        let api = e2e::api::Api::new(&system.console(), token);
        for path in ["/api/v1/clients?q=1", "/api/v1/leads", "/api/v1/live"] {
            let answer = api.send(Method::GET, path, None).await.unwrap();
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {answer:?}");
        }
    }
}
