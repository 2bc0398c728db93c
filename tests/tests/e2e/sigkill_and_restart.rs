//! Each service in turn is killed in the middle of a journey; started again, the journey finishes, once.

use std::time::Duration;

use anyhow::ensure;
use e2e::{
    Options, Service, System,
    api::text,
    eventually,
    patience::{patience, within},
    people::{self, Person},
};

#[tokio::test]
async fn a_killed_service_costs_no_lead_and_doubles_no_message() {
    let system = System::start(Options::default()).await;
    let api = system.api();
    let intake = api.at(&format!("http://{}", system.listens(Service::Intake).http));
    for service in Service::ALL {
        let person = Person::woman();
        let id = format!("kill-{}", person.digits);
        let document = people::adf(&id, &person, &person.local(), "Перезвоните");
        // Intake must live to take the lead; everybody else may be dead already.
        let lead_id = if service == Service::Intake {
            let lead_id = intake
                .adf_lead(system.group().key("adf"), document)
                .await
                .unwrap();
            system.kill(service);
            lead_id
        } else if service == Service::Notification {
            let lead_id = intake
                .adf_lead(system.group().key("adf"), document)
                .await
                .unwrap();
            let half_way = async || {
                (!system.facts("EDINA_INTAKE", &lead_id).await?.is_empty())
                    .then_some(())
                    .ok_or_else(|| anyhow::anyhow!("no fact"))
            };
            eventually("the lead is announced", half_way).await;
            system.kill(service);
            lead_id
        } else {
            system.kill(service);
            intake
                .adf_lead(system.group().key("adf"), document)
                .await
                .unwrap()
        };
        system.restart(service).await;
        the_journey_finishes(&system, service, &person, &lead_id).await;
    }
}

/// A job that died with its worker is done again when its lease (45 s) has run out.
const LEASE: Duration = Duration::from_secs(60);

async fn the_journey_finishes(system: &System, killed: Service, person: &Person, lead_id: &str) {
    let (api, name) = (system.api(), killed.name());
    let lead = within(
        patience() + LEASE,
        &format!("{name}: the lead is resolved and assigned"),
        async || {
            let lead = api.get(&format!("/api/v1/leads/{lead_id}")).await?;
            ensure!(
                text(&lead, "resolution") == "resolved" && !text(&lead, "owner_employee_id").is_empty(),
                "{lead}"
            );
            Ok(lead)
        },
    )
    .await;
    let client_id = text(&lead, "client_id");
    assert_eq!(api.only(&person.e164()).await.unwrap()["client_id"], client_id);
    within(
        patience() + LEASE,
        &format!("{name}: the SMS is on its way for good"),
        async || {
            let messages = api.rows("messages", client_id).await?;
            let sms: Vec<_> = messages
                .iter()
                .filter(|message| text(message, "channel") == "sms")
                .collect();
            ensure!(sms.len() == 1, "{} SMS", sms.len());
            // A crash between sending and recording leaves `unknown`, which only a receipt may settle.
            let settled = if killed == Service::Notification {
                vec!["delivered", "unknown"]
            } else {
                vec!["delivered"]
            };
            ensure!(
                system.smsc().is_none() || settled.contains(&text(sms[0], "state")),
                "{}",
                sms[0]
            );
            Ok(())
        },
    )
    .await;
    system.settled().await;
    assert_eq!(api.rows("leads", client_id).await.unwrap().len(), 1, "{name}");
    let timeline = api.timeline(client_id).await.unwrap();
    let received = timeline
        .iter()
        .filter(|entry| text(entry, "kind") == "lead_received")
        .count();
    assert_eq!(received, 1, "{name}: {timeline:?}");
    if let Some(smsc) = system.smsc() {
        let parts = smsc.to(&person.digits);
        let firsts = parts
            .iter()
            .filter(|part| part.udh.is_empty() || part.udh.ends_with("01"))
            .count();
        assert!(firsts <= 1, "{name}: sent twice: {parts:?}");
        assert!(
            firsts == 1 || killed == Service::Notification,
            "{name}: never sent"
        );
    }
}

#[tokio::test]
async fn the_servers_may_go_and_come_back() {
    let system = System::start(Options::default()).await;
    let intake = system
        .api()
        .at(&format!("http://{}", system.listens(Service::Intake).http));
    let person = Person::man();
    system.servers().kill_nats().await.unwrap();
    let document = people::adf("outage", &person, &person.local(), "Есть в наличии?");
    let lead_id = intake
        .adf_lead(system.group().key("adf"), document)
        .await
        .unwrap();
    system.servers().start_nats().await.unwrap();
    system.servers().kill_postgres().await.unwrap();
    system.servers().start_postgres().await.unwrap();
    for service in Service::ALL {
        system.ready(service).await.unwrap();
    }
    the_journey_finishes(&system, Service::Intake, &person, &lead_id).await;
}

#[tokio::test]
async fn a_service_asked_to_stop_ends_cleanly() {
    let system = System::start(Options::default()).await;
    for service in Service::ALL.into_iter().rev() {
        assert_eq!(
            system.stop(service).await,
            0,
            "{}: {}",
            service.name(),
            system.log(service)
        );
    }
}
