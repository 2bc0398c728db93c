//! What becomes of messages: taken whole, slowed down, refused, receipted.

use super::{next, receipt};
use crate::support::{PHONE, client, quick, sandbox, sms, until_state};
use notification::channel::smpp::{SmppClient, SmppConfig};
use notification::channel::{LinkState, ReceiptState, SmsProvider, SubmitError};
use notification::sandbox::Misbehaviour;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const RUSSIAN: &str = "Анна, здравствуйте! Мы получили вашу заявку на «Ладу Весту» и перезвоним в течение десяти минут. Ваш автосалон.";

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
