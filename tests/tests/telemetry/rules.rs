//! Dashboard and alert rules are about metrics that running services export; the rules are quiet over a healthy system and
//! say what is wrong over one with an overdue lead and a dead letter.
//!
//! A failure: a metric in deploy/ that no process exports; one exported that the catalogue does not know, or otherwise; a
//! rule whose expression holds on a healthy system; one that does not hold when its case is there.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use async_nats::jetstream;
use e2e::{
    Service, System,
    api::text,
    binaries, eventually,
    peers::{pbx::Story, prometheus::Prometheus},
    people::{self, Person},
};
use edina_telemetry::catalogue::{self, Kind};

use crate::exported::{base, exported};

#[tokio::test]
async fn rules_and_dashboard_fit_what_is_exported_and_say_what_is_wrong() {
    let system = System::shared().await;
    let prometheus = Prometheus::over(&system).await.unwrap();
    let lead_id = an_ordinary_morning(&system).await;

    everything_in_the_catalogue_is_exported(&system).await;
    everything_in_deploy_is_exported(&system).await;
    let Some(prometheus) = prometheus else { return };
    nothing_fires(&prometheus).await;

    forget_the_lead(&system, &lead_id).await;
    leave_a_letter_nobody_can_read(&system).await;
    for alert in ["EdinaLeadsOverdue", "EdinaDeadLetters"] {
        let alerts = prometheus.alerts().await.unwrap();
        let (_, expression) = alerts.iter().find(|(name, _)| name == alert).unwrap();
        eventually(&format!("{alert} holds"), async || {
            let found = prometheus.query(expression).await?;
            ensure!(found.iter().any(|(_, value)| *value >= 1.0), "{found:?}");
            anyhow::Ok(())
        })
        .await;
    }
}

/// A little of everything: a lead that is answered, one that is not, one that cannot be read, a call that is answered, one
/// that is missed, a sign-in. Answers the lead that waits.
async fn an_ordinary_morning(system: &System) -> String {
    let (api, group) = (system.api(), system.group());
    let (anna, stranger) = (Person::woman(), Person::man());
    let answered = api
        .adf_lead(
            group.key("adf"),
            people::adf("rules-1", &anna, &anna.local(), "Хочу Volga"),
        )
        .await
        .unwrap();
    let waits = api
        .adf_lead(
            group.key("adf"),
            people::adf("rules-2", &stranger, &stranger.local(), "Сервис"),
        )
        .await
        .unwrap();
    let refused = api.adf(group.key("adf"), "<adf><prospect>").await.unwrap();
    assert!(refused.status.is_client_error(), "{refused:?}");
    eventually("she is a client", async || api.only(&anna.e164()).await).await;
    system
        .pbx()
        .call(Story::Answered, &anna.trunk(), ["301", "302"])
        .await
        .unwrap();
    system
        .pbx()
        .call(Story::Abandoned, &Person::man().trunk(), ["305", "306"])
        .await
        .unwrap();
    eventually("the answered call stopped the lead's clock", async || {
        let lead = api.get(&format!("/api/v1/leads/{answered}")).await?;
        ensure!(text(&lead, "answered_by") == "call", "{lead}");
        Ok(())
    })
    .await;
    let (name, password) = &group.admin;
    let form = [("login", name.as_str()), ("password", password.as_str())];
    let signed_in = reqwest::Client::new()
        .post(format!("{}/sign-in", system.console()))
        .form(&form)
        .send()
        .await;
    drop(signed_in.unwrap());
    system.settled().await;
    waits
}

async fn everything_in_the_catalogue_is_exported(system: &System) {
    // Some numbers are asked for every 15 s only.
    let all = eventually("every metric of the catalogue", async || {
        let all = exported(system).await?;
        let missing: Vec<_> = catalogue::METRICS
            .iter()
            .filter(|metric| !all.contains_key(metric.name))
            .map(|metric| metric.name)
            .collect();
        ensure!(missing.is_empty(), "{missing:?}");
        Ok(all)
    })
    .await;
    for (name, found) in &all {
        let metric = catalogue::metric(name).unwrap_or_else(|| panic!("{name} is not in the catalogue"));
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        assert_eq!(found.kind, kind, "{name}");
        let labels: BTreeSet<String> = metric.labels.iter().map(|label| (*label).to_owned()).collect();
        assert_eq!(found.labels, labels, "{name}");
        // Bounded: what a day brings must not make series.
        assert!(found.series.len() < 1500, "{name}: {} series", found.series.len());
    }
}

async fn everything_in_deploy_is_exported(system: &System) {
    let all = exported(system).await.unwrap();
    for file in ["deploy/prometheus/alerts.yaml", "deploy/grafana/edina.json"] {
        let text = std::fs::read_to_string(binaries::repository().join(file)).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let used: BTreeSet<&str> = words
            .filter(|word| word.starts_with("edina_"))
            .map(base)
            .collect();
        assert!(used.len() > 10, "{file}: {used:?}");
        for name in used {
            assert!(all.contains_key(name), "{file}: nobody exports {name}");
        }
    }
}

async fn nothing_fires(prometheus: &Prometheus) {
    let alerts = prometheus.alerts().await.unwrap();
    assert!(alerts.len() > 10, "{alerts:?}");
    eventually("all five are scraped, twice at least", async || {
        let up = prometheus
            .query("count(count_over_time(up{job=\"edina\"}[1m]) > 2 and up == 1)")
            .await?;
        ensure!(up.iter().any(|(_, value)| (*value - 5.0).abs() < 0.1), "{up:?}");
        Ok(())
    })
    .await;
    for (name, expression) in alerts {
        eventually(&format!("{name} does not hold on a healthy system"), async || {
            let found = prometheus.query(&expression).await?;
            ensure!(found.is_empty(), "{expression}: {found:?}");
            anyhow::Ok(())
        })
        .await;
    }
}

/// As an hour does in which nobody answers it.
async fn forget_the_lead(system: &System, lead_id: &str) {
    let pool = sqlx::PgPool::connect(system.database_url(Service::Intake))
        .await
        .unwrap();
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("select set_config('edina.group', $1, true)")
        .bind(&system.group().id)
        .execute(&mut *tx)
        .await
        .unwrap();
    let done = sqlx::query("update leads set answer_due_at = now() - interval '1 hour' where id = $1::uuid and answered_at is null")
        .bind(lead_id)
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1, "{lead_id}");
    tx.commit().await.unwrap();
}

/// A message that is no fact, where lead-intake listens.
async fn leave_a_letter_nobody_can_read(system: &System) {
    let url = system.servers().nats_url();
    let (token, address) = url
        .trim_start_matches("nats://")
        .split_once('@')
        .context("no token")
        .unwrap();
    let client = async_nats::ConnectOptions::with_token(token.to_owned())
        .connect(address)
        .await
        .unwrap();
    let streams = jetstream::new(client);
    let subject = format!("edina.{}.calls.call.missed", system.group().id);
    #[expect(clippy::disallowed_methods, reason = "plays a broken producer")]
    let sent = streams.publish(subject, "no fact".into()).await.unwrap();
    sent.await.unwrap();
}
