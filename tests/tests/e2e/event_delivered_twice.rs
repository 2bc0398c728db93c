//! The same fact delivered twice has one effect, in every service that listens.

use e2e::{System, api::text, eventually, people};

#[tokio::test]
async fn a_repeated_fact_changes_nothing() {
    let system = System::shared().await;
    let api = system.api();
    let person = people::Person::man();
    let id = format!("twice-{}", person.digits);
    let document = people::adf(&id, &person, &person.local(), "Интересует кредит");
    let lead_id = api.adf_lead(system.group().key("adf"), document).await.unwrap();
    let client = eventually("the client", async || api.only(&person.e164()).await).await;
    let client_id = text(&client, "client_id");
    eventually("the lead is assigned and answered by messages", async || {
        let lead = api.get(&format!("/api/v1/leads/{lead_id}")).await?;
        anyhow::ensure!(!text(&lead, "owner_employee_id").is_empty(), "{lead}");
        anyhow::ensure!(!api.rows("messages", client_id).await?.is_empty(), "no message");
        Ok(())
    })
    .await;
    if system.smsc().is_some() {
        eventually("the SMS is delivered", async || {
            let messages = api.rows("messages", client_id).await?;
            let delivered = messages
                .iter()
                .any(|message| text(message, "state") == "delivered");
            anyhow::ensure!(delivered, "{messages:?}");
            Ok(())
        })
        .await;
    }
    system.settled().await;
    let before = (api.timeline(client_id).await.unwrap(), count(&system, &person));

    let mut facts = system.facts("EDINA_INTAKE", &lead_id).await.unwrap();
    assert!(facts.len() >= 3, "received, resolved, assigned: {facts:?}");
    facts.extend(system.facts("EDINA_REGISTRY", client_id).await.unwrap());
    system.deliver_again(&facts).await.unwrap();
    system.settled().await;
    let after = (api.timeline(client_id).await.unwrap(), count(&system, &person));
    assert_eq!(after, before);
    assert_eq!(api.rows("leads", client_id).await.unwrap().len(), 1);
}

/// SMS parts to the person, and mails about him.
fn count(system: &System, person: &people::Person) -> (usize, usize) {
    let sms = system.smsc().map_or(0, |smsc| smsc.to(&person.digits).len());
    let mails = system.mailbox().map_or(0, |mailbox| {
        mailbox
            .mails()
            .iter()
            .filter(|mail| mail.subject.contains(&person.last_name))
            .count()
    });
    (sms, mails)
}
