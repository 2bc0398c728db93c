//! The SMPP client against the sandbox's message centre, well behaved and not.

use crate::support::{PHONE, client, config, eventually, quick, sandbox, sms, until_state};
use futures::{SinkExt, StreamExt};
use notification::channel::smpp::pdu::{self, Framing};
use notification::channel::smpp::{SmppClient, SmppConfig};
use notification::channel::{LinkState, ProviderEvent, Receipt, ReceiptState, SmsProvider, SubmitError};
use notification::sandbox::{Misbehaviour, Sandbox};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Receiver;
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;

const RUSSIAN: &str = "Анна, здравствуйте! Мы получили вашу заявку на «Ладу Весту» и перезвоним в течение десяти минут. Ваш автосалон.";

async fn next(events: &mut Receiver<ProviderEvent>) -> ProviderEvent {
    tokio::time::timeout(Duration::from_secs(20), events.recv())
        .await
        .unwrap()
        .unwrap()
}

async fn receipt(events: &mut Receiver<ProviderEvent>) -> Receipt {
    match next(events).await {
        ProviderEvent::Receipt { receipt, acknowledge } => {
            acknowledge.stored();
            receipt
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_long_russian_text_arrives_whole_and_both_parts_are_receipted() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let client = client(&sandbox.smpp_url).await;
    let mut events = client.take_events().unwrap();
    let (message, token) = sms(PHONE, RUSSIAN);
    let submitted = client.submit(message, token).await.unwrap();
    assert_eq!(submitted.parts, 2);
    let caught = sandbox.messages();
    assert_eq!(caught[0].text, RUSSIAN);
    assert_eq!(caught[0].to, PHONE.trim_start_matches('+'));
    assert_eq!((caught[0].parts, &caught[0].from[..]), (2, "DEALER"));
    for id in &submitted.provider_ids {
        let receipt = receipt(&mut events).await;
        assert_eq!(receipt.state, ReceiptState::Delivered);
        assert_eq!(&receipt.ids[0], id);
        assert_eq!(receipt.error, None);
        assert!(receipt.done.is_some());
    }
    client.stop().await;
    assert_eq!(client.status().borrow().state, LinkState::Stopped);
}

#[tokio::test]
async fn throttling_slows_down_but_loses_and_reorders_nothing() {
    let sandbox = sandbox(Misbehaviour {
        throttle_every: Some(3),
        ..Misbehaviour::default()
    })
    .await;
    let client = client(&sandbox.smpp_url).await;
    let texts: Vec<String> = (0..24).map(|number| format!("message {number}")).collect();
    let sends = texts.iter().enumerate().map(|(at, text)| {
        let (message, token) = sms(if at % 2 == 0 { PHONE } else { "+79165550102" }, text);
        client.submit(message, token)
    });
    for outcome in futures::future::join_all(sends).await {
        outcome.unwrap();
    }
    for (remainder, phone) in [(0, "79165550101"), (1, "79165550102")] {
        let got: Vec<String> = sandbox
            .messages()
            .iter()
            .filter(|sms| sms.to == phone)
            .map(|sms| sms.text.clone())
            .collect();
        let sent: Vec<String> = texts.iter().skip(remainder).step_by(2).cloned().collect();
        assert_eq!(got, sent);
    }
}

#[tokio::test]
async fn endless_throttling_gives_the_message_back_unsent() {
    let sandbox = sandbox(Misbehaviour {
        throttle_every: Some(1),
        ..Misbehaviour::default()
    })
    .await;
    let config = notification::channel::smpp::SmppConfig {
        queue_timeout: Duration::from_millis(300),
        ..quick(&sandbox.smpp_url)
    };
    let client = SmppClient::start(config, CancellationToken::new());
    until_state(&client, LinkState::Up).await;
    let (message, token) = sms(PHONE, "hello");
    let error = client.submit(message, token).await.unwrap_err();
    assert!(
        matches!(error, SubmitError::Throttled { .. } | SubmitError::NotSent(_)),
        "{error:?}"
    );
    assert!(client.status().borrow().throttled);
    assert!(sandbox.messages().is_empty());
}

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
async fn hexadecimal_ids_meet_their_decimal_receipts() {
    let sandbox = sandbox(Misbehaviour {
        mixed_ids: true,
        ..Misbehaviour::default()
    })
    .await;
    let client = client(&sandbox.smpp_url).await;
    let mut events = client.take_events().unwrap();
    let (message, token) = sms(PHONE, "hex");
    let submitted = client.submit(message, token).await.unwrap();
    let receipt = receipt(&mut events).await;
    assert_ne!(receipt.ids[0], submitted.provider_ids[0]);
    assert!(
        receipt.ids.contains(&submitted.provider_ids[0]),
        "{receipt:?} {submitted:?}"
    );
}

#[tokio::test]
async fn a_receipt_nobody_stored_is_repeated() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let client = client(&sandbox.smpp_url).await;
    let mut events = client.take_events().unwrap();
    let (message, token) = sms(PHONE, "again");
    let submitted = client.submit(message, token).await.unwrap();
    drop(next(&mut events).await);
    assert_eq!(receipt(&mut events).await.ids[0], submitted.provider_ids[0]);
}

#[tokio::test]
async fn refusals_and_failures_carry_their_codes() {
    let sandbox = sandbox(Misbehaviour {
        refuse: vec!["79165550199".into()],
        undeliverable: vec!["79165550198".into()],
        ..Misbehaviour::default()
    })
    .await;
    let client = client(&sandbox.smpp_url).await;
    let mut events = client.take_events().unwrap();
    let (message, token) = sms("+79165550199", "no");
    let error = client.submit(message, token).await.unwrap_err();
    assert!(
        matches!(
            error,
            SubmitError::Rejected {
                code: 0x0B,
                final_: true,
                ..
            }
        ),
        "{error:?}"
    );
    let (message, token) = sms("+79165550198", "lost");
    client.submit(message, token).await.unwrap();
    let receipt = receipt(&mut events).await;
    assert_eq!(
        (receipt.state, receipt.error.as_deref()),
        (ReceiptState::Undeliverable, Some("027"))
    );
}

#[tokio::test]
async fn a_token_for_another_message_opens_nothing() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let client = client(&sandbox.smpp_url).await;
    let (message, _) = sms(PHONE, "mine");
    let (_, other) = sms(PHONE, "other");
    assert!(matches!(
        client.submit(message, other).await,
        Err(SubmitError::NotSent(_))
    ));
    assert!(sandbox.messages().is_empty());
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

#[tokio::test]
async fn a_sender_that_does_not_fit_is_refused_for_good_and_nothing_leaves() {
    let sandbox = sandbox(Misbehaviour::default()).await;
    let client = client(&sandbox.smpp_url).await;
    let (mut message, token) = sms(PHONE, "Hello");
    message.sender = Some("AVTOSALON MERIDIAN NORTH".into());
    let error = client.submit(message, token).await.unwrap_err();
    let SubmitError::Rejected { reason, final_, .. } = error else {
        panic!("{error:?}")
    };
    assert!(final_);
    assert_eq!(reason, "source_addr has 24 octets; SMPP takes 20");
    assert!(sandbox.messages().is_empty());
    client.stop().await;
}

#[test]
fn a_sender_that_cannot_be_one_is_refused_with_the_settings() {
    let with = |sender: &str| SmppConfig::from_url(&format!("smpp://id:pw@127.0.0.1?sender={sender}"));
    for sender in ["EDINA", "Avto%20North", "%2B79165550101", "4444"] {
        assert!(with(sender).is_ok(), "{sender}");
    }
    for sender in ["", "AVTOSALON-12", "%D0%94%D0%9E%D0%9C", "123456789012345678901"] {
        assert!(with(sender).unwrap_err().0.contains("sender"), "{sender}");
    }
}
