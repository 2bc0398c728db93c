//! A link that is cut, goes deaf, is refused or comes back: nothing is sent twice, and nobody is told what is not known.

use super::{next, receipt};
use crate::support::{PHONE, client, config, eventually, quick, sandbox, sms, until_state};
use futures::{SinkExt, StreamExt};
use notification::channel::smpp::SmppClient;
use notification::channel::smpp::pdu::{self, Framing};
use notification::channel::{LinkState, ProviderEvent, ReceiptState, SmsProvider, SubmitError};
use notification::sandbox::{Misbehaviour, Sandbox};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_connection_cut_before_the_answer_is_unknown_never_resent_and_settled_by_its_receipt() {
    let sandbox = sandbox(Misbehaviour {
        drop_on: vec![1],
        ..Misbehaviour::default()
    })
    .await;
    let client = client(&sandbox.smpp_url).await;
    let mut events = client.take_events().unwrap();
    let (message, token) = sms(PHONE, "once");
    let error = client.submit(message, token).await.unwrap_err();
    assert!(matches!(error, SubmitError::Unknown { .. }), "{error:?}");
    let receipt = receipt(&mut events).await;
    assert_eq!(receipt.state, ReceiptState::Delivered);
    // The link healed and works; the first text is there once.
    let (message, token) = sms(PHONE, "twice");
    client.submit(message, token).await.unwrap();
    let texts: Vec<String> = sandbox.messages().iter().map(|sms| sms.text.clone()).collect();
    assert_eq!(texts, ["once", "twice"]);
    assert_eq!(client.status().borrow().sessions, 2);
}

#[tokio::test]
async fn a_late_answer_is_unknown_first_and_reported_when_it_comes() {
    let wrong = Misbehaviour {
        late_on: vec![1],
        late_by: Duration::from_secs(4),
        no_receipts: true,
        ..Misbehaviour::default()
    };
    let sandbox = sandbox(wrong).await;
    let mut config = quick(&sandbox.smpp_url);
    config.response_timeout = Duration::from_secs(2);
    let client = SmppClient::start(config, CancellationToken::new());
    let mut events = client.take_events().unwrap();
    let (message, token) = sms(PHONE, "slow");
    let expected = message.message_id;
    let error = client.submit(message, token).await.unwrap_err();
    assert!(matches!(error, SubmitError::Unknown { .. }), "{error:?}");
    match next(&mut events).await {
        ProviderEvent::LateAnswer { message_id, outcome } => {
            assert_eq!(message_id, expected);
            assert_eq!(outcome.unwrap(), sandbox.messages()[0].provider_ids[0]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(sandbox.messages().len(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_shown_and_messages_are_surely_not_sent() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let mut config = quick(&sandbox.smpp_url.replace("sandbox@", "wrong@"));
    config.queue_timeout = Duration::from_millis(200);
    let client = SmppClient::start(config, CancellationToken::new());
    until_state(&client, LinkState::Refused).await;
    assert!(
        client
            .status()
            .borrow()
            .trouble
            .as_deref()
            .unwrap()
            .contains("invalid password")
    );
    let (message, token) = sms(PHONE, "hello");
    assert!(matches!(
        client.submit(message, token).await,
        Err(SubmitError::NotSent(_))
    ));
}

#[tokio::test]
async fn a_deaf_centre_is_noticed_and_the_link_renewed() {
    let sandbox = sandbox(Misbehaviour {
        deaf: true,
        ..Misbehaviour::default()
    })
    .await;
    let mut config = quick(&sandbox.smpp_url);
    config.enquire_interval = Duration::from_millis(100);
    config.response_timeout = Duration::from_millis(200);
    let client = SmppClient::start(config, CancellationToken::new());
    eventually("a second session", || client.status().borrow().sessions >= 2).await;
}

#[tokio::test]
async fn a_centre_that_comes_back_gets_the_waiting_message() {
    let first = sandbox(Misbehaviour::default()).await;
    let url = first.smpp_url.clone();
    let client = client(&url).await;
    first.stop().await;
    until_state(&client, LinkState::Down).await;
    let (message, token) = sms(PHONE, "patience");
    let (outcome, second) = tokio::join!(client.submit(message, token), async {
        let address = url.rsplit('@').next().unwrap().parse().unwrap();
        let config = notification::sandbox::SandboxConfig {
            smpp: address,
            ..config(Misbehaviour::default())
        };
        Sandbox::start(config, CancellationToken::new()).await.unwrap()
    });
    outcome.unwrap();
    assert_eq!(second.messages()[0].text, "patience");
}

#[tokio::test]
async fn half_a_pdu_and_then_silence_ends_the_session_and_the_submit_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smpp://edina:sandbox@{}", listener.local_addr().unwrap());
    let centre = tokio::spawn(async move {
        let mut submits = 0;
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.unwrap();
            let mut wire = Framed::new(stream, Framing);
            let bind = wire.next().await.unwrap().unwrap();
            wire.send(bind.answer(0, pdu::encode_id("half"))).await.unwrap();
            while let Some(Ok(frame)) = wire.next().await {
                if frame.command == pdu::SUBMIT_SM {
                    submits += 1;
                    let half = [0, 0, 0, 40, 0x80, 0, 0, 4, 0, 0];
                    wire.get_mut().write_all(&half).await.unwrap();
                }
                if submits == 1 && frame.command == pdu::UNBIND {
                    return submits;
                }
            }
        }
        submits
    });
    let mut config = quick(&url);
    config.enquire_interval = Duration::from_millis(100);
    config.response_timeout = Duration::from_secs(2);
    let client = SmppClient::start(config, CancellationToken::new());
    until_state(&client, LinkState::Up).await;
    let (message, token) = sms(PHONE, "half");
    let error = client.submit(message, token).await.unwrap_err();
    assert!(matches!(error, SubmitError::Unknown { .. }), "{error:?}");
    eventually("a second session", || client.status().borrow().sessions >= 2).await;
    client.stop().await;
    assert_eq!(centre.await.unwrap(), 1, "the submit was not repeated");
}

#[tokio::test]
async fn a_dropped_client_leaves_nothing_running() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smpp://edina:sandbox@{}", listener.local_addr().unwrap());
    drop(listener);
    let client = SmppClient::start(quick(&url), CancellationToken::new());
    until_state(&client, LinkState::Down).await;
    let mut status = client.status();
    drop(client);
    let ended = status.wait_for(|status| status.state == LinkState::Stopped);
    let _ = tokio::time::timeout(Duration::from_secs(20), ended)
        .await
        .unwrap()
        .unwrap();
}
