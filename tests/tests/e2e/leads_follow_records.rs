//! A record that is given to another client takes its lead, its call and their history along, and brings them back.

use anyhow::{Context as _, ensure};
use e2e::{
    System,
    api::{Api, text},
    eventually,
    peers::pbx::Story,
    people::{self, Person},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// The record of a client that a lead or a call made.
async fn record_of(api: &Api, client_id: &str, kind: &str) -> anyhow::Result<String> {
    let page = api.get(&format!("/api/v1/clients/{client_id}/records")).await?;
    let records = page["records"].as_array().context("no records")?;
    let found = records.iter().find(|one| text(&one["record"], "kind") == kind);
    Ok(text(
        found.with_context(|| format!("no {kind}: {page}"))?,
        "source_record_id",
    )
    .to_owned())
}

/// What the services remember of a client, and what his card tells.
async fn picture(api: &Api, client_id: &str) -> anyhow::Result<Value> {
    let mut timeline = api.timeline(client_id).await?;
    timeline.retain(|entry| !["merge", "unmerge"].contains(&text(entry, "kind")));
    let mut rows = Vec::new();
    for what in ["leads", "calls", "tasks"] {
        let mut found = api.rows(what, client_id).await?;
        for row in found.iter_mut().filter_map(Value::as_object_mut) {
            // What counts up or down by itself.
            row.retain(|name, _| !["version", "clock"].contains(&name.as_str()));
        }
        rows.push(found);
    }
    Ok(json!({ "timeline": timeline, "rows": rows }))
}

fn kinds(picture: &Value) -> Vec<&str> {
    let entries = picture["timeline"].as_array().into_iter().flatten();
    entries.map(|entry| text(entry, "kind")).collect()
}

async fn lies_with(api: &Api, client_id: &str, counts: [usize; 3]) -> anyhow::Result<()> {
    if counts == [0; 3] {
        // Of whom nothing is left is nobody; his brother may have a card of his own still.
        let path = format!("/api/v1/leads?client_id={client_id}");
        let answer = api.send(Method::GET, &path, None).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
    }
    for (what, count) in ["leads", "calls", "tasks"].into_iter().zip(counts) {
        let rows = api.rows(what, client_id).await?;
        ensure!(rows.len() == count, "{} {what} instead of {count}", rows.len());
        for row in rows {
            ensure!(text(&row, "client_id") == client_id, "{row}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_lead_goes_with_its_record_and_comes_back() {
    let system = System::shared().await;
    let api = &system.api();
    let person = Person::man();
    // He is known from a visit; the lead finds him by number and name.
    let visit = json!({ "kind": "repair_order", "external_id": format!("follow-{}", person.digits),
        "full_name": person.full_name(), "phones": [person.e164()], "emails": [person.email] });
    let known = api.record(&visit).await.unwrap();
    let wrong = text(&known, "client_id").to_owned();
    let document = people::adf(
        &format!("follow-{}", person.digits),
        &person,
        &person.local(),
        "Интересует кредит",
    );
    let lead_id = api.adf_lead(system.group().key("adf"), document).await.unwrap();
    eventually("the lead is his", async || {
        let leads = api.rows("leads", &wrong).await?;
        ensure!(
            leads.len() == 1 && !text(&leads[0], "owner_employee_id").is_empty(),
            "{leads:?}"
        );
        ensure!(!api.rows("messages", &wrong).await?.is_empty(), "no message");
        Ok(())
    })
    .await;
    system.settled().await;
    let before = picture(api, &wrong).await.unwrap();

    // It was his brother, with the same telephone.
    let record = record_of(api, &wrong, "lead").await.unwrap();
    let moved = api
        .post(&format!("/api/v1/records/{record}/move"), &json!({}))
        .await
        .unwrap();
    let right = text(&moved, "to_client_id").to_owned();
    eventually("the lead is his brother's", async || {
        lies_with(api, &right, [1, 0, 0]).await?;
        lies_with(api, &wrong, [0, 0, 0]).await
    })
    .await;
    let lead = api.get(&format!("/api/v1/leads/{lead_id}")).await.unwrap();
    assert_eq!(text(&lead, "client_id"), right);
    let (told, left) = (
        picture(api, &right).await.unwrap(),
        picture(api, &wrong).await.unwrap(),
    );
    assert!(
        kinds(&told).contains(&"lead_received") && kinds(&told).contains(&"lead_assigned"),
        "{told}"
    );
    assert!(
        !kinds(&left).iter().any(|kind| kind.starts_with("lead")),
        "{left}"
    );
    // What happens to it from now on is told there, too.
    api.post(&format!("/api/v1/leads/{lead_id}/answered"), &json!({}))
        .await
        .unwrap();
    eventually("the answer is on his card", async || {
        let told = picture(api, &right).await?;
        ensure!(kinds(&told).contains(&"lead_answered"), "{told}");
        Ok(())
    })
    .await;

    // What a person parted nobody merges by mistake.
    let merge = json!({ "other_client_id": wrong, "reason": "проверка" });
    let refused = api
        .send(
            Method::POST,
            &format!("/api/v1/clients/{right}/merge"),
            Some(&merge),
        )
        .await
        .unwrap();
    assert_eq!(
        refused.status,
        StatusCode::CONFLICT,
        "a person said that they are two"
    );

    let undo = format!("/api/v1/moves/{}/undo", text(&moved, "move_id"));
    api.post(&undo, &json!({})).await.unwrap();
    eventually("the lead is back", async || {
        lies_with(api, &wrong, [1, 0, 0]).await
    })
    .await;
    let facts = system.facts("EDINA_REGISTRY", &record).await.unwrap();
    assert_eq!(facts.len(), 2, "moved, and moved back: {facts:?}");
    system.deliver_again(&facts).await.unwrap();
    system.settled().await;
    lies_with(api, &wrong, [1, 0, 0]).await.unwrap();
    lies_with(api, &right, [0, 0, 0]).await.unwrap();
    let after = picture(api, &wrong).await.unwrap();
    let is_new = |kind: &&str| *kind == "lead_answered";
    let lasting: Vec<&str> = kinds(&after).into_iter().filter(|kind| !is_new(kind)).collect();
    assert_eq!(lasting, kinds(&before));
}

#[tokio::test]
async fn a_call_takes_its_task_and_its_lead_along() {
    let system = System::shared().await;
    let api = &system.api();
    let stranger = Person::woman();
    system
        .pbx()
        .call(Story::Abandoned, &stranger.trunk(), ["305", "306"])
        .await
        .unwrap();
    let client = eventually("the stranger is a client", async || {
        api.only(&stranger.e164()).await
    })
    .await;
    let wrong = text(&client, "client_id").to_owned();
    eventually("call, task and lead", async || {
        lies_with(api, &wrong, [1, 1, 1]).await?;
        for what in ["leads", "tasks"] {
            let rows = api.rows(what, &wrong).await?;
            ensure!(!text(&rows[0], "owner_employee_id").is_empty(), "{rows:?}");
        }
        Ok(())
    })
    .await;
    system.settled().await;
    let before = picture(api, &wrong).await.unwrap();

    let record = record_of(api, &wrong, "call").await.unwrap();
    let moved = api
        .post(&format!("/api/v1/records/{record}/move"), &json!({}))
        .await
        .unwrap();
    let right = text(&moved, "to_client_id").to_owned();
    eventually("all of it is there", async || {
        lies_with(api, &right, [1, 1, 1]).await?;
        lies_with(api, &wrong, [0, 0, 0]).await
    })
    .await;
    let told = picture(api, &right).await.unwrap();
    // Whoever was given the lead goes along, too.
    let moving =
        |kind: &&str| kind.starts_with("lead") || kind.starts_with("call") || *kind == "owner_changed";
    let went: Vec<&str> = kinds(&before).into_iter().filter(moving).collect();
    assert_eq!(kinds(&told), went);

    api.post(
        &format!("/api/v1/moves/{}/undo", text(&moved, "move_id")),
        &json!({}),
    )
    .await
    .unwrap();
    eventually("all of it is back", async || {
        lies_with(api, &wrong, [1, 1, 1]).await
    })
    .await;
    system.settled().await;
    assert_eq!(picture(api, &wrong).await.unwrap(), before);
}

#[tokio::test]
async fn leads_of_a_merged_card_go_back_where_they_came_from() {
    let system = System::shared().await;
    let api = &system.api();
    let people = [Person::man(), Person::woman()];
    let mut clients = Vec::new();
    for person in &people {
        let id = format!("split-{}", person.digits);
        let document = people::adf(&id, person, &person.local(), "Интересует кредит");
        api.adf_lead(system.group().key("adf"), document).await.unwrap();
        let client = eventually("the client", async || api.only(&person.e164()).await).await;
        clients.push(text(&client, "client_id").to_owned());
    }
    for client in &clients {
        eventually("his lead", async || lies_with(api, client, [1, 0, 0]).await).await;
    }
    let merge = json!({ "other_client_id": clients[1], "reason": "по просьбе клиента" });
    let merged = api
        .post(&format!("/api/v1/clients/{}/merge", clients[0]), &merge)
        .await
        .unwrap();
    let survivor = text(&merged, "client_id").to_owned();
    eventually("both leads name the survivor", async || {
        lies_with(api, &survivor, [2, 0, 0]).await
    })
    .await;
    // Who rings while they are one is she by her number, and is she when they are two again.
    let line = people[1].trunk();
    system
        .pbx()
        .call(Story::Abandoned, &line, ["305", "306"])
        .await
        .unwrap();
    eventually("her call", async || lies_with(api, &survivor, [2, 1, 1]).await).await;
    api.post(
        &format!("/api/v1/merges/{}/undo", text(&merged, "merge_id")),
        &json!({}),
    )
    .await
    .unwrap();
    eventually("each has his own", async || {
        lies_with(api, &clients[0], [1, 0, 0]).await?;
        lies_with(api, &clients[1], [1, 1, 1]).await
    })
    .await;
}
