//! Signals about what is going on at this moment, over core NATS: never stored, may be lost.

use async_nats::{Client, Subscriber};
use edina_runtime::group::GroupId;
use prost::Message;

/// Sends a live signal of `topic`, for instance `calls`.
pub async fn send(client: &Client, group: &GroupId, topic: &str, message: &impl Message) {
    let subject = format!("edina-live.{group}.{topic}");
    #[expect(clippy::disallowed_methods, reason = "live signals are not facts")]
    if let Err(error) = client.publish(subject, message.encode_to_vec().into()).await {
        tracing::debug!(%error, topic, "live signal not sent");
    }
}

/// Every group's live signals of every topic: subject `edina-live.<group>.<topic>`.
pub async fn subscribe(client: &Client) -> anyhow::Result<Subscriber> {
    Ok(client.subscribe("edina-live.>").await?)
}

/// Every fact as it passes, for refreshing what is on a screen. Nothing may depend on seeing all of them.
pub async fn subscribe_facts(client: &Client) -> anyhow::Result<Subscriber> {
    Ok(client.subscribe("edina.>").await?)
}
