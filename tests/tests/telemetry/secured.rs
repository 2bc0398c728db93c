//! A collector behind TLS: who has its authority exports to it, who has another one exports nothing and works on.

use e2e::{
    Options, Service, System, eventually,
    peers::{install, rotel::Rotel},
    people::Person,
};
use edina_devstack::secured::{Authority, Begin, SecuredLine};
use serde_json::json;

#[tokio::test]
async fn a_collector_proves_who_it_is_or_gets_nothing() {
    if install::skipped() {
        return eprintln!("NOT RUN: peers from PyPI (EDINA_TEST_PEERS=skip)");
    }
    let folder = tempfile::tempdir().unwrap();
    let rotel = Rotel::start(folder.path()).await.unwrap();
    let (ca, stranger) = (folder.path().join("ca.pem"), folder.path().join("stranger.pem"));
    let line = SecuredLine::before(
        rotel.address(),
        Authority::certify("localhost", &ca).unwrap(),
        Begin::FromTheFirstByte,
        &["h2"],
    );
    let line = line.await.unwrap();
    std::fs::write(&stranger, Authority::new().unwrap().pem()).unwrap();

    let url: &'static str = format!("https://localhost:{}", line.address().port()).leak();
    let file = |path: &std::path::Path| -> &'static str { path.display().to_string().leak() };
    let settings = vec![
        (Service::Intake, "OTLP_ENDPOINT", url),
        (Service::Intake, "TLS_CA", file(&ca)),
        (Service::Registry, "OTLP_ENDPOINT", url),
        (Service::Registry, "TLS_CA", file(&stranger)),
    ];
    let system = System::start(Options {
        settings: settings.leak(),
        environment: &[
            ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"),
        ],
        ..Options::default()
    })
    .await;

    let anna = Person::woman();
    let fields = json!({ "name": anna.full_name(), "phone": anna.local(), "consent": true });
    let posted = reqwest::Client::new()
        .post(format!(
            "{}/intake/v1/forms/{}",
            system.console(),
            system.group().key("site")
        ))
        .json(&fields)
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 202);
    // Both have worked on it, and one of them had its spans taken.
    eventually("her card", async || {
        let found = system.api().find(&anna.e164()).await?;
        anyhow::ensure!(!found.is_empty(), "nobody is found");
        anyhow::Ok(())
    })
    .await;
    eventually("the spans of lead-intake", async || {
        let spans = rotel.spans();
        let arrived = spans
            .iter()
            .any(|span| span.service == "lead-intake" && span.name == "POST /intake/v1/forms/{source}");
        arrived.then_some(())
    })
    .await;
    eventually("client-registry breaks off", async || {
        (line.broken_off() > 0).then_some(())
    })
    .await;
    assert!(line.secured() > 0);
    // What it still has is told at the stop at the latest.
    for service in [Service::Registry, Service::Intake] {
        assert_eq!(system.stop(service).await, 0, "{}", service.name());
    }
    assert!(!rotel.output().contains("client-registry"), "it told a stranger");
}
