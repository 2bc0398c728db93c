//! The doctor: each fault is caused for real, and must be found with its advice in both languages.

mod outside;
mod refusing;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use e2e::{Service, eventually};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{
    installation::{Installation, settings_value},
    tools::{Edina, value},
};

/// The doctor's report for machines, and his exit code.
async fn report(installation: &Installation, more: &[&str]) -> (Value, i32) {
    let words = [&["doctor", "--json"], more].concat();
    let output = installation.edina(&words).output("").await;
    let said = serde_json::from_slice(&output.stdout);
    (
        said.unwrap_or_else(|error| panic!("{error}: {output:?}")),
        output.status.code().unwrap(),
    )
}

/// Waits until the doctor has found `code` in this state about this subject; what he says, in both languages.
async fn found(installation: &Installation, code: &str, subject: &str, state: &str) -> String {
    found_with(installation, code, subject, state, &[]).await
}

async fn found_with(
    installation: &Installation,
    code: &str,
    subject: &str,
    state: &str,
    more: &[&str],
) -> String {
    let mut said = String::new();
    for language in ["ru", "en"] {
        let what = format!("the doctor finds {code} about {subject}");
        let finding = eventually(&what, async || {
            let (report, exit) = report(installation, &[&["--lang", language], more].concat()).await;
            let findings = report["findings"].as_array().cloned().unwrap_or_default();
            let finding = findings
                .iter()
                .find(|finding| {
                    finding["code"] == code && finding["subject"] == subject && finding["state"] == state
                })
                .cloned();
            let wrong: Vec<&Value> = findings
                .iter()
                .filter(|finding| finding["state"] != "ok")
                .collect();
            let finding = finding.ok_or_else(|| anyhow::anyhow!("{wrong:?}"))?;
            let failing = findings.iter().any(|finding| finding["state"] == "failure");
            anyhow::ensure!(exit == if failing { 2 } else { 1 }, "exit code {exit}");
            anyhow::Ok(finding)
        })
        .await;
        let words = format!(
            "{}\n{}\n",
            finding["what"].as_str().unwrap(),
            finding["advice"].as_str().unwrap()
        );
        let russian = words.chars().any(|letter| ('а'..='я').contains(&letter));
        assert_eq!(russian, language == "ru", "{words}");
        said += &words;
    }
    for service in Service::ALL {
        let file = installation.secrets().join(format!("{}.toml", service.name()));
        if let Ok(text) = fs::read_to_string(file) {
            for line in text.lines().filter(|line| line.contains("caller_key")) {
                let key = line.split('"').nth(1).unwrap_or("none");
                assert!(!said.contains(key), "a key is told");
            }
        }
    }
    said
}

async fn well(installation: &Installation) {
    eventually("all is well", async || {
        let (report, exit) = report(installation, &["--lang", "en"]).await;
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let wrong: Vec<&Value> = findings
            .iter()
            .filter(|finding| finding["state"] != "ok")
            .collect();
        anyhow::ensure!(wrong.is_empty() && exit == 0, "{wrong:?}");
        anyhow::ensure!(findings.len() > 40, "only {} findings", findings.len());
        anyhow::Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_found_with_its_advice() {
    let mut installation = Installation::start().await;
    well(&installation).await;
    settings(&installation).await;
    outside::providers_and_exchange(&installation).await;
    outside::behind_tls(&installation).await;
    databases(&installation).await;
    streams(&installation).await;
    clocks(&installation).await;
    well(&installation).await;
    stopped(&mut installation).await;
}

async fn settings(installation: &Installation) {
    let old = installation.change(Service::Notification, |text| {
        format!("smpp_ulr = \"smpp://a\"\n{text}")
    });
    let said = found(installation, "unknown_setting", "notification", "warning").await;
    assert!(said.contains("smpp_ulr"), "{said}");
    installation.change(Service::Notification, |_| old);

    let old = installation.change(Service::Intake, |text| text.replace("caller_key", "caller_kex"));
    let said = found(installation, "settings", "lead-intake", "failure").await;
    assert!(said.contains("caller_key") && said.contains("README"), "{said}");
    installation.change(Service::Intake, |_| old);

    let old = installation.change(Service::Calls, |text| {
        text.replace("caller_key = \"", "caller_key = \"x")
    });
    let said = found(installation, "caller_key_differs", "caller_key", "failure").await;
    assert!(
        said.contains("call-tracking") && !said.contains("lead-intake"),
        "{said}"
    );
    // Those who run have another key than the file now says.
    found(installation, "call_key", "call-tracking", "failure").await;
    installation.change(Service::Calls, |_| old);

    let old = installation.change(Service::Registry, |text| {
        let key = text
            .lines()
            .find(|line| line.starts_with("caller_key"))
            .unwrap()
            .to_owned();
        text.replace(&key, "caller_key = \"secret\"")
    });
    let said = found(installation, "caller_key_weak", "caller_key", "failure").await;
    assert!(said.contains("openssl rand"), "{said}");
    installation.change(Service::Registry, |_| old);

    let folder = installation.secrets();
    let file = folder.join("gateway.toml");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&folder, 0o755);
    mode(&file, 0o644);
    let said = found(installation, "open_file", "gateway", "warning").await;
    assert!(said.contains("chmod 600"), "{said}");
    mode(&folder, 0o700);
    mode(&file, 0o600);
}

async fn databases(installation: &Installation) {
    let file = installation.secrets().join("lead-intake.toml");
    let url = settings_value(&file, "database_url");
    let password = url.split(['@', ':']).nth(2).unwrap().to_owned();
    let old = installation.change(Service::Intake, |text| text.replace(&password, "wrong"));
    let said = found(installation, "reach", "lead-intake", "failure").await;
    assert!(said.contains("provision.sql"), "{said}");
    installation.change(Service::Intake, |_| old);

    // As if this program were newer than the schema.
    let stack = &installation.stack;
    let newest = value(
        stack,
        "call_tracking",
        "select max(version) from _sqlx_migrations",
    );
    value(
        stack,
        "call_tracking",
        "create table aside as select * from _sqlx_migrations",
    );
    let forget = format!("delete from _sqlx_migrations where version = {newest}");
    value(stack, "call_tracking", &forget);
    let said = found(installation, "schema", "call-tracking", "failure").await;
    assert!(said.contains("edina migrate --existing"), "{said}");
    value(
        stack,
        "call_tracking",
        "truncate _sqlx_migrations; insert into _sqlx_migrations select * from aside",
    );
    value(stack, "call_tracking", "drop table aside");

    value(stack, "postgres", "alter role gateway bypassrls");
    let said = found(installation, "role_rights", "gateway", "failure").await;
    assert!(said.contains("bypassrls"), "{said}");
    value(stack, "postgres", "alter role gateway nobypassrls");

    value(
        stack,
        "client_registry",
        "alter table clients no force row level security",
    );
    let said = found(installation, "row_level_security", "client-registry", "failure").await;
    assert!(said.contains("clients"), "{said}");
    value(
        stack,
        "client_registry",
        "alter table clients force row level security",
    );
}

async fn streams(installation: &Installation) {
    // The operator's own hand: services may not do this.
    let user = |name: &str| {
        let passwords = fs::read_to_string(installation.secrets().join("nats-passwords.conf")).unwrap();
        let line = passwords
            .lines()
            .find(|line| line.starts_with(&format!("{name}_password")))
            .unwrap()
            .to_owned();
        line.split('"').nth(1).unwrap().to_owned()
    };
    let address = format!("127.0.0.1:{}", installation.nats.as_ref().unwrap().port);
    let registry =
        async_nats::ConnectOptions::with_user_and_password("client-registry".into(), user("client_registry"))
            .custom_inbox_prefix("_INBOX_client-registry")
            .connect(&address)
            .await
            .unwrap();
    let jetstream = async_nats::jetstream::new(registry);
    #[expect(clippy::disallowed_methods, reason = "plays a consumer that buries a fact")]
    let buried = jetstream.publish("edina-dead.main.client-registry", "unreadable".into());
    buried.await.unwrap().await.unwrap();
    let said = found(installation, "dead_letters", "EDINA_DEAD_LETTERS", "warning").await;
    assert!(said.contains("edina dead-letters list"), "{said}");
    let tools = format!("nats://tools:{}@{address}", user("tools"));
    let tools = async_nats::ConnectOptions::with_user_and_password("tools".into(), user("tools"))
        .custom_inbox_prefix("_INBOX_edina-dead-letters")
        .connect(tools.rsplit('@').next().unwrap())
        .await
        .unwrap();
    let letters = async_nats::jetstream::new(tools)
        .get_stream("EDINA_DEAD_LETTERS")
        .await
        .unwrap();
    letters.delete_message(1).await.unwrap();

    let old = installation.change(Service::Registry, |text| {
        text.replace("nats://client-registry:", "nats://client-registry:x")
    });
    let said = found(installation, "reach", "client-registry", "failure").await;
    assert!(said.contains("passwords.conf"), "{said}");
    installation.change(Service::Registry, |_| old);
}

/// A machine whose clock is ten minutes ahead, in the gateway's place.
async fn clocks(installation: &Installation) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let ahead = edina_runtime::clock::system().now() + std::time::Duration::from_secs(600);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nDate: {}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}",
        ahead.format("%a, %d %b %Y %H:%M:%S GMT")
    );
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0_u8; 1024];
            drop(stream.read(&mut request).await);
            drop(stream.write_all(answer.as_bytes()).await);
        }
    });
    let said = found_with(
        installation,
        "skew",
        "gateway",
        "failure",
        &["--gateway", &address],
    )
    .await;
    assert!(said.contains("timedatectl"), "{said}");
    task.abort();
}

/// Services and servers that are away.
async fn stopped(installation: &mut Installation) {
    installation.kill(Service::Notification);
    let said = found(installation, "ready", "notification", "failure").await;
    assert!(said.contains("docker compose up -d notification"), "{said}");
    found(installation, "call", "gateway", "failure").await;

    installation.nats.take().unwrap().stop();
    let said = found(installation, "reach", "lead-intake", "failure").await;
    assert!(said.contains("docker compose up -d nats"), "{said}");
    // Accepting goes on, and that is said too.
    found(installation, "waits", "lead-intake", "warning").await;
    // A fresh one: the streams are gone until their services make them, so those that run are held still.
    installation.kill_services();
    installation.start_nats("nats-empty").await;
    let said = found(installation, "stream", "call-tracking", "failure").await;
    assert!(said.contains("EDINA_CALLS"), "{said}");
    found(installation, "consumer", "lead-intake", "failure").await;

    installation.stack.stop_postgres().await.unwrap();
    let said = found(installation, "reach", "gateway", "failure").await;
    assert!(said.contains("docker compose up -d postgres"), "{said}");
}

#[tokio::test]
async fn without_a_system_the_doctor_says_how_to_name_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("none");
    for (language, words) in [("ru", "укажите"), ("en", "name ")] {
        let arguments = [
            "doctor",
            "--lang",
            language,
            "--data-dir",
            &data.to_string_lossy(),
        ];
        let output = Edina::new(&[], &arguments).output("").await;
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(words) && said.contains("--config-dir"), "{said}");
    }
}
