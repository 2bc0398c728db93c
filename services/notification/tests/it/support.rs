//! A sandbox, a client bound to it, and waiting for a condition with a deadline.

use chrono::Utc;
use notification::channel::smpp::{SmppClient, SmppConfig};
use notification::channel::{LinkState, OutgoingSms, SmsProvider};
use notification::message::gate::{self, GateToken, Recipient, SendPolicy, Verdict};
use notification::message::{Channel, Occasion, ServiceMessage};
use notification::sandbox::{Misbehaviour, Sandbox, SandboxConfig};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub const PHONE: &str = "+79165550101";

pub fn config(misbehaviour: Misbehaviour) -> SandboxConfig {
    SandboxConfig {
        receipt_delay: Duration::from_millis(20),
        misbehaviour,
        ..SandboxConfig::loopback(Arc::new(Utc::now))
    }
}

pub async fn sandbox(misbehaviour: Misbehaviour) -> Sandbox {
    Sandbox::start(config(misbehaviour), CancellationToken::new())
        .await
        .unwrap()
}

pub fn quick(url: &str) -> SmppConfig {
    SmppConfig {
        response_timeout: Duration::from_secs(10),
        enquire_interval: Duration::from_secs(30),
        backoff_first: Duration::from_millis(20),
        backoff_most: Duration::from_millis(200),
        queue_timeout: Duration::from_secs(20),
        ..SmppConfig::from_url(url).unwrap()
    }
}

pub async fn client(url: &str) -> SmppClient {
    let client = SmppClient::start(quick(url), CancellationToken::new());
    until_state(&client, LinkState::Up).await;
    client
}

pub async fn until_state(client: &dyn SmsProvider, wanted: LinkState) {
    let mut status = client.status();
    let reached = status.wait_for(|status| status.state == wanted);
    let _ = tokio::time::timeout(Duration::from_secs(20), reached)
        .await
        .unwrap()
        .unwrap();
}

/// Clears a message the ordinary way: through the gate.
pub fn token(message_id: Uuid, channel: Channel) -> GateToken {
    let message = ServiceMessage {
        message_id,
        channel,
        occasion: Occasion::AnswersClient,
    };
    let to = Recipient {
        time_zone: chrono_tz::Europe::Moscow,
        suppressions: &[],
        consents: &[],
    };
    match gate::service(&message, &to, &SendPolicy::default(), Utc::now()).verdict {
        Verdict::Send(token) => token,
        other => panic!("{other:?}"),
    }
}

pub fn sms(to: &str, text: &str) -> (OutgoingSms, GateToken) {
    let message_id = Uuid::now_v7();
    let sms = OutgoingSms {
        message_id,
        to_e164: to.into(),
        text: text.into(),
        sender: Some("DEALER".into()),
    };
    (sms, token(message_id, Channel::Sms))
}

pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
