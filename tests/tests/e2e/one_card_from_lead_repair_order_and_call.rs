//! The same woman as an ADF lead, a repair order of the service DMS and a call: one card, one timeline; she is answered
//! by SMS at a message centre of another code base, her seller by e-mail at a real mail server.

use anyhow::ensure;
use e2e::{System, api::text, eventually, peers::pbx::Story, people};
use serde_json::{Value, json};

#[tokio::test]
async fn lead_repair_order_and_call_meet_in_one_card() {
    let system = System::shared().await;
    let (api, group) = (system.api(), system.group());
    let anna = people::Person::woman();
    let vin = people::vin();

    let document = people::adf("portal-1", &anna, &anna.local(), "Хочу Volga в наличии");
    let lead_id = api.adf_lead(group.key("adf"), document).await.unwrap();
    let client = eventually("the lead's client is found by her number", async || {
        api.only(&anna.e164()).await
    })
    .await;
    let client_id = text(&client, "client_id").to_owned();
    assert!(
        text(&client, "display_name").contains(&anna.last_name),
        "{client}"
    );

    let answer = api
        .record(&json!({
            "kind": "repair_order", "external_id": format!("RO-{}", anna.digits), "branch": group.branch.branch_id,
            "occurred_at": "2026-11-10T09:00:00+03:00", "full_name": anna.full_name(), "phones": [anna.e164()],
            "vehicle": { "vin": vin, "make": "Volga", "model": "K40", "year": 2022, "mileage_km": 31000 },
            "role": "owner", "amount": { "minor": 1_250_000, "currency": "RUB" }, "comment": "ТО-3",
        }))
        .await
        .unwrap();
    assert_eq!(
        (text(&answer, "client_id"), text(&answer, "outcome")),
        (&*client_id, "linked"),
        "{answer}"
    );

    system
        .pbx()
        .call(Story::Answered, &anna.trunk(), ["301", "302"])
        .await
        .unwrap();
    let call = eventually("the call is hers", async || {
        let calls = api.rows("calls", &client_id).await?;
        let ended = calls.iter().find(|call| text(call, "state") == "ended").cloned();
        ended.ok_or_else(|| anyhow::anyhow!("{calls:?}"))
    })
    .await;
    assert_eq!(
        (text(&call, "outcome"), text(&call, "answered_extension")),
        ("answered", "301"),
        "{call}"
    );
    assert_eq!(
        (text(&call, "direction"), text(&call, "recognition")),
        ("inbound", "known"),
        "{call}"
    );

    let kinds = eventually("the timeline has all three", async || {
        let timeline = api.timeline(&client_id).await?;
        let kinds: Vec<String> = timeline
            .iter()
            .map(|entry| text(entry, "kind").to_owned())
            .collect();
        for kind in ["lead_received", "repair_order", "call"] {
            ensure!(kinds.iter().any(|one| one == kind), "{kinds:?}");
        }
        Ok(kinds)
    })
    .await;
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "call").count(),
        1,
        "{kinds:?}"
    );

    let card = api.card(&client_id).await.unwrap();
    let phones: Vec<&str> = contacts(&card, "phone");
    assert_eq!(phones, [anna.e164()], "{card}");
    assert!(
        card["vehicles"]
            .as_array()
            .unwrap()
            .iter()
            .any(|role| role["vehicle"]["vin"] == vin),
        "{card}"
    );

    let tail = vin.get(11..).unwrap();
    for query in [
        &anna.local(),
        &anna.digits,
        &anna.email,
        &anna.last_name,
        &vin,
        tail,
    ] {
        let found = eventually(query, async || api.only(query).await).await;
        assert_eq!(text(&found, "client_id"), client_id, "{query}");
    }

    let lead = eventually("the answered call stopped the lead's clock", async || {
        let lead = api.get(&format!("/api/v1/leads/{lead_id}")).await?;
        ensure!(text(&lead, "answered_by") == "call", "{lead}");
        // Given to somebody as soon as lead-intake has heard who works here.
        ensure!(!text(&lead, "owner_employee_id").is_empty(), "{lead}");
        Ok(lead)
    })
    .await;
    assert_eq!(text(&lead, "client_id"), client_id);
    assert_eq!(text(&lead, "owner_employee_id"), group.seller.employee_id);

    she_is_answered_by_sms(&system, &anna, &client_id).await;
    her_seller_has_a_mail(&system, &lead_id).await;
}

async fn she_is_answered_by_sms(system: &System, anna: &people::Person, client_id: &str) {
    let Some(smsc) = system.smsc() else { return };
    let parts = eventually("two parts at the message centre", async || {
        let parts = smsc.to(&anna.digits);
        if parts.len() >= 2 {
            Ok(parts)
        } else {
            Err(format!("{parts:?}"))
        }
    })
    .await;
    assert_eq!(parts.len(), 2, "{parts:?}");
    for (number, part) in parts.iter().enumerate() {
        assert_eq!(
            (part.esm_class, part.data_coding, part.registered_delivery),
            (0x40, 8, 1),
            "{part:?}"
        );
        assert!(
            part.udh.starts_with("0003") && part.udh.ends_with(&format!("02{:02x}", number + 1)),
            "{part:?}"
        );
    }
    assert_eq!(parts[0].octets, 134, "a full part of 67 characters");
    assert_eq!(parts[0].udh.get(4..6), parts[1].udh.get(4..6), "one reference");
    let whole = format!("{}{}", parts[0].text, parts[1].text);
    assert!(
        whole.contains(&anna.first_name) && whole.contains("Меридиан"),
        "{whole}"
    );

    let api = system.api();
    let message = eventually("the receipt is matched", async || {
        let messages = api.rows("messages", client_id).await?;
        let sms: Vec<&Value> = messages
            .iter()
            .filter(|message| text(message, "channel") == "sms")
            .collect();
        ensure!(sms.len() == 1, "{} SMS", sms.len());
        ensure!(text(sms[0], "state") == "delivered", "{}", sms[0]);
        Ok(sms[0].clone())
    })
    .await;
    assert_eq!(
        (&message["parts"], &message["sandboxed"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(text(&message, "text"), whole);
    assert!(
        !message["reasons"].as_array().unwrap().is_empty(),
        "it says why it was sent: {message}"
    );
}

async fn her_seller_has_a_mail(system: &System, lead_id: &str) {
    let Some(mailbox) = system.mailbox() else { return };
    let seller = &system.group().seller;
    let mail = eventually("the seller's mail", async || {
        let mails = mailbox.to(&seller.email);
        let hers: Vec<_> = mails
            .into_iter()
            .filter(|mail| mail.text.contains(lead_id))
            .collect();
        if hers.len() == 1 {
            Ok(hers)
        } else {
            Err(format!("{hers:?}"))
        }
    })
    .await;
    assert!(mail[0].subject.starts_with("Новая заявка"), "{:?}", mail[0]);
    assert!(
        mail[0].html.contains("<html") && mail[0].text.contains(&system.console()),
        "{:?}",
        mail[0]
    );
}

fn contacts<'a>(card: &'a Value, kind: &str) -> Vec<&'a str> {
    let contacts = card["contacts"].as_array().unwrap();
    contacts
        .iter()
        .filter(|contact| text(contact, "kind") == kind)
        .map(|contact| text(contact, "value"))
        .collect()
}
