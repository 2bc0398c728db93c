//! The SMTP client against the sandbox's catcher and against servers that break off.

use crate::support::{sandbox, token};
use notification::channel::smtp::{SmtpClient, SmtpConfig};
use notification::channel::{LinkState, MailProvider, OutgoingMail, SubmitError};
use notification::message::Channel;
use notification::sandbox::Misbehaviour;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use uuid::Uuid;

fn mail(to: &str) -> OutgoingMail {
    OutgoingMail {
        message_id: Uuid::now_v7(),
        to: to.into(),
        subject: "Заявка принята\r\nBcc: thief@example.net".into(),
        text: "Здравствуйте!\n.точка в начале строки\n".into(),
        html: Some("<p>Здравствуйте!</p>".into()),
    }
}

#[tokio::test]
async fn a_mail_arrives_with_both_bodies_our_id_and_no_smuggled_header() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let client = SmtpClient::new(SmtpConfig::from_url(&sandbox.smtp_url).unwrap());
    for _ in 0..3 {
        let mail = mail("anna@example.com");
        let (id, token) = (mail.message_id, token(mail.message_id, Channel::Email));
        let submitted = client.submit(mail, token).await.unwrap();
        assert!(submitted.provider_ids[0].starts_with(&id.to_string()));
    }
    assert_eq!(client.status().borrow().sessions, 1, "the connection is kept");
    let caught = sandbox.mails();
    assert_eq!(caught.len(), 3);
    assert_eq!(caught[0].to, ["anna@example.com"]);
    assert_eq!(caught[0].subject, "Заявка принята Bcc: thief@example.net");
    assert_eq!(
        caught[0].text.as_deref().unwrap().replace("\r\n", "\n").trim(),
        "Здравствуйте!\n.точка в начале строки"
    );
    assert_eq!(
        caught[0].html.as_deref().map(str::trim),
        Some("<p>Здравствуйте!</p>")
    );
    assert!(caught[0].message_id.as_deref().unwrap().contains('@'));
}

#[tokio::test]
async fn a_bad_address_is_final() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let client = SmtpClient::new(SmtpConfig::from_url(&sandbox.smtp_url).unwrap());
    for to in ["nobody", "a@b\r\nRCPT TO:<c@d>", ""] {
        let mail = mail(to);
        let token = token(mail.message_id, Channel::Email);
        let error = client.submit(mail, token).await.unwrap_err();
        assert!(
            matches!(error, SubmitError::Rejected { final_: true, .. }),
            "{error:?}"
        );
    }
    assert!(sandbox.mails().is_empty());
}

/// Answers from a script, one line per command; then hangs up. After 354 the whole mail is one command.
async fn scripted(script: &'static [&'static str]) -> SmtpConfig {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut wire = BufReader::new(stream);
        wire.get_mut().write_all(b"220 script\r\n").await.unwrap();
        let mut in_mail = false;
        for answer in script {
            let mut line = String::new();
            loop {
                line.clear();
                wire.read_line(&mut line).await.unwrap();
                if !in_mail || line == ".\r\n" || line.is_empty() {
                    break;
                }
            }
            in_mail = answer.starts_with("354");
            if answer.is_empty() {
                return;
            }
            wire.get_mut()
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .unwrap();
        }
    });
    let mut config = SmtpConfig::from_url(&format!("smtp://{address}")).unwrap();
    config.step_timeout = Duration::from_secs(5);
    config
}

async fn outcome(script: &'static [&'static str]) -> SubmitError {
    let client = SmtpClient::new(scripted(script).await);
    let mail = mail("anna@example.com");
    let token = token(mail.message_id, Channel::Email);
    client.submit(mail, token).await.unwrap_err()
}

#[tokio::test]
async fn the_moment_of_a_failure_decides_what_it_means() {
    let gone_after_data = outcome(&["250 8BITMIME", "250 ok", "250 ok", "354 go", ""]).await;
    assert!(
        matches!(gone_after_data, SubmitError::Unknown { .. }),
        "{gone_after_data:?}"
    );
    let gone_before = outcome(&["250 8BITMIME", "250 ok", ""]).await;
    assert!(matches!(gone_before, SubmitError::NotSent(_)), "{gone_before:?}");
    let no_such_user = outcome(&[
        "250 8BITMIME",
        "250 ok",
        "550 5.1.1 no anna@example.com here",
        "250 ok",
    ])
    .await;
    assert!(
        matches!(&no_such_user, SubmitError::Rejected { code: 550, final_: true, reason } if !reason.contains("anna"))
    );
    let greylisted = outcome(&["250 8BITMIME", "250 ok", "451 4.7.1 later", "250 ok"]).await;
    assert!(matches!(
        greylisted,
        SubmitError::Rejected {
            code: 451,
            final_: false,
            ..
        }
    ));
    let full = outcome(&[
        "250 8BITMIME",
        "250 ok",
        "250 ok",
        "354 go",
        "452 4.3.1 full",
        "250 ok",
    ])
    .await;
    assert!(matches!(
        full,
        SubmitError::Rejected {
            code: 452,
            final_: false,
            ..
        }
    ));
}

#[tokio::test]
async fn an_absent_server_is_surely_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = SmtpClient::new(SmtpConfig::from_url(&format!("smtp://{address}")).unwrap());
    let mail = mail("anna@example.com");
    let token = token(mail.message_id, Channel::Email);
    assert!(matches!(
        client.submit(mail, token).await,
        Err(SubmitError::NotSent(_))
    ));
    assert_eq!(client.status().borrow().state, LinkState::Down);
}

#[test]
fn plain_text_never_leaves_the_machine() {
    assert!(SmtpConfig::from_url("smtp://mail.example.com?tls=none").is_err());
    assert!(SmtpConfig::from_url("smtp://127.0.0.1:25?tls=none").is_ok());
    let config = SmtpConfig::from_url("smtp://user:p%40ss@mail.example.com").unwrap();
    assert_eq!(
        (config.port, config.tls),
        (587, notification::channel::smtp::TlsMode::StartTls)
    );
}
