//! Merging two cards and taking it back leaves both exactly as they were.

use e2e::{
    System,
    api::{Api, text},
    eventually, people,
};
use serde_json::{Value, json};

/// What is compared: the card without the counter of its changes, the timeline without the merge's own entries.
async fn picture(api: &Api, client_id: &str) -> anyhow::Result<(Value, Vec<Value>)> {
    let mut card = api.card(client_id).await?;
    card.as_object_mut()
        .into_iter()
        .for_each(|card| drop(card.remove("version")));
    let mut timeline = api.timeline(client_id).await?;
    timeline.retain(|entry| !["merge", "unmerge"].contains(&text(entry, "kind")));
    Ok((card, timeline))
}

#[tokio::test]
async fn an_unmerge_gives_back_exactly_what_was() {
    let system = System::shared().await;
    let api = system.api();
    let (left, right) = (people::Person::woman(), people::Person::woman());
    let mut ids = Vec::new();
    for (person, day) in [(&left, 3), (&right, 4)] {
        let vin = people::vin();
        let answer = api
            .record(&json!({
                "kind": "repair_order", "external_id": format!("merge-{}", person.digits),
                "occurred_at": format!("2026-11-{day:02}T12:00:00+03:00"), "full_name": person.full_name(),
                "phones": [person.e164()], "emails": [person.email], "address": format!("Казань, Баумана, {day}"),
                "vehicle": { "vin": vin, "make": "Volga", "model": "K40" }, "role": "owner",
                "consents": [{ "purpose": "advertising", "channel": "sms", "granted": day == 3, "proof": "анкета" }],
            }))
            .await
            .unwrap();
        let id = text(&answer, "client_id").to_owned();
        api.post(
            &format!("/api/v1/clients/{id}/notes"),
            &json!({ "text": "Просила не звонить утром" }),
        )
        .await
        .unwrap();
        ids.push(id);
    }
    let (one, other) = (ids[0].as_str(), ids[1].as_str());
    let before = [
        picture(&api, one).await.unwrap(),
        picture(&api, other).await.unwrap(),
    ];

    let merge = json!({ "other_client_id": other, "reason": "по просьбе клиента" });
    let merged = api
        .post(&format!("/api/v1/clients/{one}/merge"), &merge)
        .await
        .unwrap();
    let survivor = text(&merged, "client_id").to_owned();
    for id in [one, other] {
        let (card, timeline) = picture(&api, id).await.unwrap();
        assert_eq!(
            text(&card, "client_id"),
            survivor,
            "both ids lead to the one card"
        );
        assert_eq!(card["source_record_count"], 2, "{card}");
        let orders = timeline
            .iter()
            .filter(|entry| text(entry, "kind") == "repair_order")
            .count();
        assert_eq!(orders, 2, "{timeline:?}");
    }
    for query in [left.e164(), right.email.clone()] {
        let found = eventually(&query, async || api.only(&query).await).await;
        assert_eq!(text(&found, "client_id"), survivor, "{query}");
    }

    let undone = api
        .post(
            &format!("/api/v1/merges/{}/undo", text(&merged, "merge_id")),
            &json!({}),
        )
        .await
        .unwrap();
    let mut both = [text(&undone, "client_id"), text(&undone, "other_client_id")];
    both.sort_unstable();
    let mut expected = [one, other];
    expected.sort_unstable();
    assert_eq!(both, expected, "{undone}");
    for (id, before) in [one, other].into_iter().zip(before) {
        let after = picture(&api, id).await.unwrap();
        assert_eq!(
            serde_json::to_string_pretty(&after.0).unwrap(),
            serde_json::to_string_pretty(&before.0).unwrap()
        );
        assert_eq!(after.1, before.1);
    }

    // What came apart by hand is not put together again by the next record.
    let again = json!({
        "kind": "contact", "external_id": format!("after-{}", right.digits), "full_name": right.full_name(),
        "phones": [right.e164()],
    });
    let again = api.record(&again).await.unwrap();
    assert_eq!(text(&again, "client_id"), other, "{again}");
}
