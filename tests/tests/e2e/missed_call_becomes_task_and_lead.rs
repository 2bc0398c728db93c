//! Nobody answers a stranger: he becomes a client, a lead and a callback task with an owner, and gets an SMS.

use anyhow::{Context as _, ensure};
use e2e::{System, api::text, eventually, peers::pbx::Story, people::Person};

#[tokio::test]
async fn an_abandoned_call_of_a_stranger_becomes_a_client_a_lead_and_a_task() {
    let system = System::shared().await;
    let api = system.api();
    let stranger = Person::man();
    assert!(api.find(&stranger.e164()).await.unwrap().is_empty());

    system
        .pbx()
        .call(Story::Abandoned, &stranger.trunk(), ["305", "306"])
        .await
        .unwrap();
    let client = eventually("the stranger is a client", async || {
        api.only(&stranger.e164()).await
    })
    .await;
    let client_id = text(&client, "client_id");

    let call = eventually("his call is missed", async || {
        let calls = api.rows("calls", client_id).await?;
        let call = calls.first().cloned().context("no call")?;
        ensure!(text(&call, "state") == "ended", "{call}");
        Ok(call)
    })
    .await;
    assert!(
        ["abandoned", "missed"].contains(&text(&call, "outcome")),
        "{call}"
    );
    assert_eq!(text(&call, "recognition"), "unknown", "{call}");

    let lead = eventually("he is a lead with an owner", async || {
        let leads = api.rows("leads", client_id).await?;
        ensure!(leads.len() == 1, "{} leads", leads.len());
        ensure!(!text(&leads[0], "owner_employee_id").is_empty(), "{}", leads[0]);
        Ok(leads[0].clone())
    })
    .await;
    assert_eq!(text(&lead, "channel"), "call", "{lead}");

    let task = eventually("somebody has to call back", async || {
        let tasks = api.rows("tasks", client_id).await?;
        ensure!(tasks.len() == 1, "{} tasks", tasks.len());
        ensure!(!text(&tasks[0], "owner_employee_id").is_empty(), "{}", tasks[0]);
        Ok(tasks[0].clone())
    })
    .await;
    assert_eq!(
        (text(&task, "kind"), text(&task, "number")),
        ("callback", &*stranger.e164()),
        "{task}"
    );

    if let Some(smsc) = system.smsc() {
        let texts = eventually("an SMS says that we call back", async || {
            let parts = smsc.to(&stranger.digits);
            (!parts.is_empty()).then(|| parts.into_iter().map(|part| part.text).collect::<Vec<_>>())
        })
        .await;
        assert!(texts.concat().contains("перезвоним"), "{texts:?}");
    }

    // He tries again: the same client, still one lead, no second open task.
    system
        .pbx()
        .call(Story::Abandoned, &stranger.trunk(), ["305", "306"])
        .await
        .unwrap();
    eventually("both calls are his", async || {
        let calls = api.rows("calls", client_id).await?;
        let ended = calls.iter().filter(|call| text(call, "state") == "ended").count();
        ensure!(ended == 2, "{ended} ended calls");
        Ok(())
    })
    .await;
    system.settled().await;
    assert_eq!(api.rows("leads", client_id).await.unwrap().len(), 1);
    assert_eq!(api.rows("tasks", client_id).await.unwrap().len(), 1);
}
