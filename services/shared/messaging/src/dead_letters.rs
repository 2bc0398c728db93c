//! What could not be applied: kept with its reason, listed, read and replayed.

use std::time::Duration;

use async_nats::jetstream::{self, stream::Stream};
use serde::Serialize;

use crate::{envelope, streams};

const REASON: &str = "edina-reason";
const CONSUMER: &str = "edina-consumer";
const ORIGINAL_SUBJECT: &str = "edina-original-subject";
const LONGEST_REASON: usize = 1000;

/// A dead letter.
#[derive(Debug, Clone, Serialize)]
pub struct DeadLetter {
    /// Its place in the dead letter stream: how it is named on the command line.
    pub sequence: u64,
    /// Who could not apply it.
    pub consumer: String,
    /// Why.
    pub reason: String,
    /// Where it was published first.
    pub subject: String,
    /// CloudEvents type.
    pub event_type: String,
    /// Event id.
    pub event_id: String,
    /// Bytes of payload.
    pub size: usize,
}

pub(crate) async fn bury(
    context: &jetstream::Context,
    consumer: &str,
    message: &async_nats::Message,
    delivered_as: u64,
    reason: &str,
) -> anyhow::Result<()> {
    let mut headers = message.headers.clone().unwrap_or_default();
    let reason: String = reason
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_REASON)
        .collect();
    headers.insert(REASON, reason.as_str());
    headers.insert(CONSUMER, consumer);
    headers.insert(ORIGINAL_SUBJECT, message.subject.as_str());
    let id = headers
        .get(envelope::ID)
        .map_or("unknown", |id| id.as_str())
        .to_owned();
    // With the place in the stream: a redelivery buries once, but a replay that fails again is a letter of its own.
    headers.insert(
        envelope::MESSAGE_ID,
        format!("dead-{consumer}-{id}-{delivered_as}").as_str(),
    );
    let group = message.subject.as_str().split('.').nth(1).unwrap_or("unknown");
    let subject = format!("edina-dead.{group}.{consumer}");
    #[expect(
        clippy::disallowed_methods,
        reason = "a dead letter is published by the consumer itself"
    )]
    let sent = context
        .publish_with_headers(subject, headers, message.payload.clone())
        .await?;
    sent.await?;
    Ok(())
}

/// The dead letters, oldest first, at most `limit`.
pub async fn list(context: &jetstream::Context, limit: usize) -> anyhow::Result<Vec<DeadLetter>> {
    let mut stream = streams::ensure_dead_letters(context, 1).await?;
    let (first, last) = {
        let state = &stream.info().await?.state;
        (state.first_sequence, state.last_sequence)
    };
    let mut letters = Vec::new();
    for sequence in first..=last {
        if letters.len() >= limit {
            break;
        }
        if let Ok(letter) = read(&stream, sequence).await {
            letters.push(letter.0);
        }
    }
    Ok(letters)
}

/// One dead letter with its payload.
pub async fn show(context: &jetstream::Context, sequence: u64) -> anyhow::Result<(DeadLetter, bytes::Bytes)> {
    let stream = streams::ensure_dead_letters(context, 1).await?;
    let (letter, _, payload) = read(&stream, sequence).await?;
    Ok((letter, payload))
}

/// Publishes it again where it came from and takes it out of the dead letters. Consumers that applied it before ignore it.
pub async fn replay(context: &jetstream::Context, sequence: u64) -> anyhow::Result<DeadLetter> {
    let stream = streams::ensure_dead_letters(context, 1).await?;
    let (letter, mut headers, payload) = read(&stream, sequence).await?;
    headers.insert(
        envelope::MESSAGE_ID,
        format!("replay-{sequence}-{}", letter.event_id).as_str(),
    );
    #[expect(
        clippy::disallowed_methods,
        reason = "a replay goes past the relay: the outbox row may be gone"
    )]
    let sent = context
        .publish_with_headers(letter.subject.clone(), headers, payload)
        .await?;
    tokio::time::timeout(Duration::from_secs(5), sent.into_future()).await??;
    stream.delete_message(sequence).await?;
    Ok(letter)
}

async fn read(
    stream: &Stream,
    sequence: u64,
) -> anyhow::Result<(DeadLetter, async_nats::HeaderMap, bytes::Bytes)> {
    let message = stream.get_raw_message(sequence).await?;
    let text = |name: &str| {
        message
            .headers
            .get(name)
            .map(|value| value.as_str().to_owned())
            .unwrap_or_default()
    };
    let letter = DeadLetter {
        sequence,
        consumer: text(CONSUMER),
        reason: text(REASON),
        subject: text(ORIGINAL_SUBJECT),
        event_type: text("ce-type"),
        event_id: text(envelope::ID),
        size: message.payload.len(),
    };
    Ok((letter, message.headers, message.payload))
}
