//! PostgreSQL is lost in mid-traffic and restored to an instant between the backup and the loss; NATS comes back empty.
//! Done step by step as `deploy/postgres/backup.md` says.
//!
//! `traffic` sends the leads, `archive` has the backup, the log and the restore. Each of these is a failure:
//!
//! 1. a lead accepted before the restored instant that is not there exactly once, on exactly one card, with exactly one
//!    entry in that card's history, given to the seller of the restored directory;
//! 2. a fact in an outbox that stays unpublished, a fact that is not applied, a dead letter;
//! 3. a client who gets a message twice, because the restored database forgot that it was sent;
//! 4. a system that does not go on: a new lead must become a client who hears of it.

mod archive;
mod traffic;

use e2e::{
    Service, eventually,
    people::{self, Person},
};

use super::{
    installation::{First, Installation},
    tools::{Edina, field, value},
};
use archive::{Archive, base_backup, restore};
use traffic::Traffic;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_before_the_restored_instant_is_there_once_and_nothing_is_sent_twice() {
    let mut installation = Installation::start().await;
    let first = installation.first_group().await;
    let archive = Archive::start(&installation).await;
    let traffic = Traffic::start(first.api.clone(), first.key.clone());
    traffic.more(8).await;
    let restored = base_backup(&installation).await;
    traffic.more(8).await;

    // The restored instant lies in an outage of NATS: the outboxes hold facts that nobody has heard.
    installation.nats.take().unwrap().stop();
    traffic.more(8).await;
    let promised = traffic.end().await;
    // A lead whose client is not known yet at the instant is looked up after the restore, and written to as if for the first
    // time: nobody can know better. So the instant has none.
    eventually("the leads so far know their clients", async || {
        let due = value(
            &installation.stack,
            "lead_intake",
            "select count(*) from jobs where due_at <= now()",
        );
        anyhow::ensure!(due == "0", "{due} jobs");
        anyhow::Ok(())
    })
    .await;
    let instant = value(&installation.stack, "postgres", "select pg_current_wal_lsn()");
    let unheard = value(
        &installation.stack,
        "lead_intake",
        "select count(*) from outbox where published_at is null",
    );
    assert_ne!(unheard, "0");
    installation.start_nats("nats").await;
    let traffic = Traffic::start(first.api.clone(), first.key.clone());
    traffic.more(4).await;
    if let Some(smsc) = &installation.smsc {
        eventually("those who wrote during the outage hear of it", async || {
            promised
                .iter()
                .all(|(person, _)| !smsc.to(&person.digits).is_empty())
                .then_some(())
        })
        .await;
    }
    let all = traffic.end().await;
    println!(
        "{} leads accepted, {} before the restored instant {instant}",
        promised.len() + all.len(),
        promised.len()
    );
    archive.holds(&installation, &instant).await;

    // The loss.
    installation.kill_services();
    installation.stack.kill_postgres().await.unwrap();
    archive.end();
    let sent = installation.smsc.as_ref().map_or(0, |smsc| smsc.submits().len());
    installation.nats.take().unwrap().stop();

    restore(&mut installation, restored, &instant).await;
    installation.provision();
    installation.start_nats("nats-anew").await;
    let report = installation.edina(&["restored"]).says().await;
    println!("{report}");
    assert_ne!(field(&report, "facts that will cause no message"), "0");
    installation.start_services().await;

    check(&installation, &first, &promised).await;
    if let Some(smsc) = &installation.smsc {
        assert_eq!(
            smsc.submits().len(),
            sent,
            "a message was sent again after the restore"
        );
    }
    goes_on(&installation, &first).await;
    installation.kill_services();
}

/// The restored system: complete for every lead that was promised, and at rest.
async fn check(installation: &Installation, first: &First, promised: &[(Person, String)]) {
    for (person, lead) in promised {
        let what = format!("the lead {lead} is there once, on one card, with one owner and one entry");
        eventually(&what, async || {
            let client = first.api.only(&person.e164()).await?;
            let client = client["client_id"].as_str().unwrap_or_default().to_owned();
            let leads = first.api.rows("leads", &client).await?;
            let ids: Vec<&str> = leads.iter().filter_map(|lead| lead["lead_id"].as_str()).collect();
            anyhow::ensure!(ids == [lead], "{ids:?}");
            let owner = leads.first().map(|lead| lead["owner_employee_id"].clone());
            anyhow::ensure!(owner == Some(first.seller.clone().into()), "owner {owner:?}");
            let entries = first.api.timeline(&client).await?;
            let received = entries
                .iter()
                .filter(|entry| entry["kind"] == "lead_received")
                .count();
            anyhow::ensure!(received == 1, "{received} entries");
            anyhow::Ok(())
        })
        .await;
    }
    for service in Service::ALL {
        let what = format!("every fact of {} is published", service.name());
        eventually(&what, async || {
            let left = value(
                &installation.stack,
                &service.database(),
                "select count(*) from outbox where published_at is null",
            );
            anyhow::ensure!(left == "0", "{left} left");
            anyhow::Ok(())
        })
        .await;
    }
    eventually("the doctor finds all well, dead letters included", async || {
        let output = installation.edina(&["doctor", "--lang", "en"]).output("").await;
        anyhow::ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        anyhow::Ok(())
    })
    .await;
}

/// A new client comes and hears of it.
async fn goes_on(installation: &Installation, first: &First) {
    let person = Person::man();
    let document = people::adf("after", &person, &person.local(), "После восстановления");
    first.api.adf_lead(&first.key, document).await.unwrap();
    eventually("a new lead becomes a client who hears of it", async || {
        let client = first.api.only(&person.e164()).await?;
        let messages = first
            .api
            .rows("messages", client["client_id"].as_str().unwrap_or_default())
            .await?;
        anyhow::ensure!(
            messages.iter().any(|message| message["state"] == "delivered"),
            "{messages:?}"
        );
        let heard = installation
            .smsc
            .as_ref()
            .is_none_or(|smsc| !smsc.to(&person.digits).is_empty());
        anyhow::ensure!(heard, "the message centre knows nothing of it");
        anyhow::Ok(())
    })
    .await;
}

#[tokio::test]
async fn there_is_nothing_to_restore_where_there_is_no_system() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("none");
    let output = Edina::new(&[], &["restored", "--data-dir", &data.to_string_lossy()])
        .output("")
        .await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--config-dir"));
}
