//! Providers behind TLS, in front of the sandbox: believed when their authority and name are right, and only then.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{PHONE, quick, sandbox, sms, until_state};
use edina_devstack::secured::{Authority, Begin, SecuredLine};
use edina_runtime::tls::Trust;
use notification::channel::smpp::{SmppClient, SmppConfig};
use notification::channel::smtp::{SmtpClient, SmtpConfig};
use notification::channel::{LinkState, SmsProvider};
use notification::sandbox::Misbehaviour;
use tokio_util::sync::CancellationToken;

/// Secures the line to `behind` for `localhost`; the authority's certificate is written to `ca`.
async fn secured(behind: SocketAddr, begin: Begin, ca: &Path) -> SecuredLine {
    let certificate = Authority::certify("localhost", ca).unwrap();
    SecuredLine::before(behind, certificate, begin, &[])
        .await
        .unwrap()
}

fn address(url: &str) -> SocketAddr {
    let rest = url.split("://").nth(1).unwrap().rsplit('@').next().unwrap();
    rest.split(['/', '?']).next().unwrap().parse().unwrap()
}

struct Files {
    _folder: tempfile::TempDir,
    ca: PathBuf,
    stranger: PathBuf,
}

fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    Files {
        ca: folder.path().join("ca.pem"),
        stranger: folder.path().join("stranger.pem"),
        _folder: folder,
    }
}

#[tokio::test]
async fn an_sms_centre_proves_who_it_is_or_gets_no_password() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let files = files();
    let behind = address(&sandbox.smpp_url);
    let line = secured(behind, Begin::FromTheFirstByte, &files.ca).await;
    let port = line.address().port();
    Authority::certify("localhost", &files.stranger).unwrap();
    let own = Trust::new(Some(&files.ca)).unwrap();
    let plain = format!("{behind}");
    let config = |host: &str, trust: &Trust| SmppConfig {
        tls: Some(trust.clone()),
        ..quick(
            &sandbox
                .smpp_url
                .replace("smpp://", "smpps://")
                .replace(&plain, &format!("{host}:{port}")),
        )
    };
    let client = SmppClient::start(config("localhost", &own), CancellationToken::new());
    until_state(&client, LinkState::Up).await;
    let (message, token) = sms(PHONE, "secured");
    client.submit(message, token).await.unwrap();
    assert_eq!(sandbox.messages()[0].text, "secured");
    client.stop().await;

    for (what, host, trust) in [
        (
            "another authority",
            "localhost",
            Trust::new(Some(&files.stranger)).unwrap(),
        ),
        ("public authorities only", "localhost", Trust::new(None).unwrap()),
        ("another name", "127.0.0.1", own),
    ] {
        let client = SmppClient::start(config(host, &trust), CancellationToken::new());
        until_state(&client, LinkState::Down).await;
        let trouble = client.status().borrow().trouble.clone().unwrap_or_default();
        assert!(trouble.contains("certificate"), "{what}: {trouble}");
        client.stop().await;
    }
}

#[tokio::test]
async fn a_mail_relay_proves_who_it_is_or_gets_no_mail() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let behind = address(&sandbox.smtp_url);
    for (begin, scheme) in [(Begin::FromTheFirstByte, "smtps"), (Begin::StartTls, "smtp")] {
        let files = files();
        let line = secured(behind, begin, &files.ca).await;
        let port = line.address().port();
        Authority::certify("localhost", &files.stranger).unwrap();
        let own = Trust::new(Some(&files.ca)).unwrap();
        let client = |host: &str, trust: &Trust| {
            let mut config = SmtpConfig::from_url(&format!("{scheme}://{host}:{port}?tls=required")).unwrap();
            config.trust = Some(trust.clone());
            config.step_timeout = Duration::from_secs(10);
            SmtpClient::new(config)
        };
        client("localhost", &own).probe().await.unwrap();
        for (what, host, trust) in [
            (
                "another authority",
                "localhost",
                Trust::new(Some(&files.stranger)).unwrap(),
            ),
            ("public authorities only", "localhost", Trust::new(None).unwrap()),
            ("another name", "127.0.0.1", own),
        ] {
            let outcome = client(host, &trust).probe().await;
            let refused = outcome
                .as_ref()
                .is_err_and(|error| format!("{error:?}").contains("certificate"));
            assert!(refused, "{scheme} {what}: {outcome:?}");
        }
    }
}

/// A relay that is told to secure the line and cannot is no reason to go on in the clear.
#[tokio::test]
async fn mail_does_not_go_in_the_clear_when_the_relay_knows_no_starttls() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let behind = address(&sandbox.smtp_url);
    let config = SmtpConfig::from_url(&format!("smtp://{behind}?tls=required")).unwrap();
    assert!(SmtpClient::new(config).probe().await.is_err());
    assert!(sandbox.mails().is_empty());
}
