//! A real NATS with a certificate: believed when its authority and its name are right, and only then.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{io::Write as _, path::Path, time::Duration};

use edina_devstack::{DevStack, StackConfig, secured::Authority};
use edina_messaging::connection::connect_now;
use edina_runtime::config::ServiceConfig;
use serde_json::json;

async fn connected(url: &str, ca: Option<&Path>) -> Result<(), String> {
    let settings: ServiceConfig = serde_json::from_value(json!({
        "database_url": "postgres://x", "nats_url": url, "caller_key": "k", "tls_ca": ca,
    }))
    .unwrap();
    let client = connect_now(&settings, "tls-test")
        .await
        .map_err(|error| format!("{error:#}"))?;
    client.flush().await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_server_proves_who_it_is_or_gets_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let stack = DevStack::start(StackConfig::new(folder.path())).await.unwrap();
    let (ca, stranger) = (folder.path().join("ca.pem"), folder.path().join("stranger.pem"));
    let certificate = Authority::certify("localhost", &ca).unwrap();
    Authority::certify("localhost", &stranger).unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("server.crt"), certificate.pem).unwrap();
    std::fs::write(file("server.key"), certificate.key_pem).unwrap();
    let mut config = std::fs::OpenOptions::new()
        .append(true)
        .open(stack.data_dir().join("nats/nats.conf"))
        .unwrap();
    let tls = format!(
        "tls {{ cert_file: {:?}, key_file: {:?} }}\n",
        file("server.crt"),
        file("server.key")
    );
    config.write_all(tls.as_bytes()).unwrap();
    let pid = i32::try_from(stack.nats_pid().unwrap()).unwrap();
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(pid).unwrap(),
        rustix::process::Signal::HUP,
    )
    .unwrap();

    let plain = stack.nats_url();
    let secured = plain.replace("nats://", "tls://");
    let by_name = secured.replace("127.0.0.1", "localhost");
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while let Err(error) = connected(&by_name, Some(&ca)).await {
        assert!(
            std::time::Instant::now() < deadline,
            "TLS is not switched on: {error}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for (what, url, ca) in [
        ("another authority", &by_name, Some(stranger.as_path())),
        ("public authorities only", &by_name, None),
        ("another name", &secured, Some(ca.as_path())),
    ] {
        let outcome = connected(url, ca).await;
        let refused = outcome
            .as_ref()
            .is_err_and(|error| error.to_lowercase().contains("certificate"));
        assert!(refused, "{what}: {outcome:?}");
    }
    let missing = folder.path().join("missing.pem");
    assert!(connected(&by_name, Some(&missing)).await.is_err());
}

/// A server that speaks no TLS gets nothing of a client that was told to use it.
#[tokio::test]
async fn tls_is_not_given_up_when_the_server_offers_none() {
    let folder = tempfile::tempdir().unwrap();
    let stack = DevStack::start(StackConfig::new(folder.path())).await.unwrap();
    assert!(connected(&stack.nats_url(), None).await.is_ok());
    let url = stack
        .nats_url()
        .replace("nats://", "tls://")
        .replace("127.0.0.1", "localhost");
    assert!(connected(&url, None).await.is_err());
}
