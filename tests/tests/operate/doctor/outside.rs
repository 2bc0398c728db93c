//! Providers and exchange: they refuse us, or are not who they should be.

use std::path::Path;

use e2e::Service;
use edina_devstack::secured::{Authority, Begin, SecuredLine};

use super::{
    found,
    refusing::{exchange, message_centre, relay},
};
use crate::installation::Installation;

/// The settings with this provider and no other.
fn provided(text: &str, smpp: &str, smtp: &str) -> String {
    let others: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("smpp_url"))
        .collect();
    format!(
        "smpp_url = {smpp:?}\nsmtp_url = {smtp:?}\n{}\n",
        others.join("\n")
    )
}

/// The settings with this exchange in place of the other.
fn connected(text: &str, exchange: &str) -> String {
    let url = text
        .lines()
        .find(|line| line.starts_with("url = "))
        .unwrap()
        .to_owned();
    text.replace(&url, &format!("url = {exchange:?}"))
}

pub(super) async fn providers_and_exchange(installation: &Installation) {
    let smsc = message_centre().await;
    let old = installation.change(Service::Notification, |text| {
        provided(
            &text,
            &format!("smpp://edina:hidden@{smsc}"),
            "smtp://127.0.0.1:1?tls=none",
        )
    });
    let said = found(installation, "smpp", "SMS", "failure").await;
    assert!(said.contains("system_id") && !said.contains("hidden"), "{said}");
    let said = found(installation, "smtp", "mail", "failure").await;
    assert!(said.contains("smtp_url"), "{said}");
    installation.change(Service::Notification, |_| old);

    let pbx = exchange().await;
    let old = installation.change(Service::Calls, |text| {
        connected(&text, &format!("ami://edina:hidden@{pbx}"))
    });
    let said = found(installation, "sign_in", "city", "failure").await;
    assert!(
        said.contains("manager.conf") && !said.contains("hidden"),
        "{said}"
    );
    installation.change(Service::Calls, |_| old);
}

/// The same behind TLS: who is believed gets as far as refusing us, who is not does not get our password.
pub(super) async fn behind_tls(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let (ca, stranger) = (folder.path().join("ca.pem"), folder.path().join("stranger.pem"));
    let authority = Authority::new().unwrap();
    std::fs::write(&ca, authority.pem()).unwrap();
    std::fs::write(&stranger, Authority::new().unwrap().pem()).unwrap();
    let behind = async |address| {
        let certificate = authority.sign("localhost").unwrap();
        let line = SecuredLine::before(address, certificate, Begin::FromTheFirstByte, &[]);
        line.await.unwrap()
    };
    let smsc = behind(message_centre().await).await;
    let mail = behind(relay().await).await;
    let pbx = behind(exchange().await).await;
    let at = |line: &SecuredLine| format!("localhost:{}", line.address().port());
    let trusting = |text: &str, ca: &Path| format!("tls_ca = {:?}\n{text}", ca.display().to_string());

    for (ca, believed) in [(&ca, true), (&stranger, false)] {
        let old = installation.change(Service::Notification, |text| {
            let (smpp, smtp) = (
                format!("smpps://edina:hidden@{}", at(&smsc)),
                format!("smtps://{}", at(&mail)),
            );
            trusting(&provided(&text, &smpp, &smtp), ca)
        });
        for (code, subject) in [("smpp", "SMS"), ("smtp", "mail")] {
            let said = found(installation, code, subject, "failure").await;
            assert_eq!(!said.contains("ertificate"), believed, "{said}");
        }
        installation.change(Service::Notification, |_| old);

        let old = installation.change(Service::Calls, |text| {
            trusting(
                &connected(&text, &format!("amis://edina:hidden@{}", at(&pbx))),
                ca,
            )
        });
        let code = if believed { "sign_in" } else { "reach" };
        found(installation, code, "city", "failure").await;
        installation.change(Service::Calls, |_| old);
    }

    std::fs::write(&ca, "no certificate").unwrap();
    let old = installation.change(Service::Notification, |text| trusting(&text, &ca));
    let said = found(installation, "tls_ca", "notification", "failure").await;
    assert!(said.contains("ca.pem"), "{said}");
    installation.change(Service::Notification, |_| old);
}
