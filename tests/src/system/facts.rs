//! Looking into the streams: whether all facts were applied, and delivering one once more.

use std::collections::HashMap;

use anyhow::Context as _;
use async_nats::jetstream::{self, consumer::PullConsumer};
use futures::{StreamExt as _, TryStreamExt as _};

use super::System;
use crate::patience::eventually;

/// A fact as it lies in its stream.
#[derive(Debug, Clone)]
pub struct Stored {
    /// `edina.<group>.<service>.<entity>.<fact>`
    pub subject: String,
    /// Its headers, among them `ce-id` and `ce-subject`.
    pub headers: HashMap<String, String>,
    payload: Vec<u8>,
}

impl System {
    async fn streams(&self) -> anyhow::Result<jetstream::Context> {
        let url = self.stack.nats_url();
        let (token, address) = url
            .trim_start_matches("nats://")
            .split_once('@')
            .context("the server's URL has no token")?;
        let client = async_nats::ConnectOptions::with_token(token.to_owned())
            .connect(address)
            .await?;
        Ok(jetstream::new(client))
    }

    /// Waits until every consumer of every stream has applied all there is, and no outbox has more.
    pub async fn settled(&self) {
        eventually("all facts are applied", async || {
            // Twice in a row: applying one fact may make another.
            for _ in 0..2 {
                self.all_applied().await?;
            }
            anyhow::Ok(())
        })
        .await;
    }

    async fn all_applied(&self) -> anyhow::Result<()> {
        let context = self.streams().await?;
        let mut names = context.stream_names();
        while let Some(name) = names.next().await {
            let stream = context.get_stream(name?).await?;
            let mut consumers = stream.consumers();
            while let Some(consumer) = consumers.next().await {
                let consumer = consumer?;
                // Consumers without a name are watchers of the directory; they come and go.
                if consumer.config.durable_name.is_some() {
                    let (left, unsure) = (consumer.num_pending, consumer.num_ack_pending);
                    anyhow::ensure!(
                        left == 0 && unsure == 0,
                        "{}: {left} left, {unsure} unsure",
                        consumer.name
                    );
                }
            }
        }
        Ok(())
    }

    /// Every fact about an entity, in the order of the stream `EDINA_<SERVICE>`.
    pub async fn facts(&self, stream: &str, entity_id: &str) -> anyhow::Result<Vec<Stored>> {
        let stream = self.streams().await?.get_stream(stream).await?;
        let consumer: PullConsumer = stream
            .create_consumer(jetstream::consumer::pull::Config {
                inactive_threshold: std::time::Duration::from_secs(30),
                ..Default::default()
            })
            .await?;
        let count = usize::try_from(consumer.cached_info().num_pending)?;
        let mut messages = consumer.fetch().max_messages(count.max(1)).messages().await?;
        let mut found = Vec::new();
        while let Some(message) = messages.try_next().await.map_err(anyhow::Error::from_boxed)? {
            let mut headers = HashMap::new();
            for (name, values) in message.headers.iter().flat_map(async_nats::HeaderMap::iter) {
                headers.insert(
                    name.to_string(),
                    values.first().map(ToString::to_string).unwrap_or_default(),
                );
            }
            if headers.get("ce-subject").is_some_and(|id| id == entity_id) {
                found.push(Stored {
                    subject: message.subject.to_string(),
                    headers,
                    payload: message.payload.to_vec(),
                });
            }
        }
        Ok(found)
    }

    /// Publishes a fact once more under another `Nats-Msg-Id`, as a relay does that died before it marked its row.
    pub async fn deliver_again(&self, fact: &Stored) -> anyhow::Result<()> {
        let mut headers = async_nats::HeaderMap::new();
        for (name, value) in &fact.headers {
            headers.insert(name.as_str(), value.as_str());
        }
        headers.insert("Nats-Msg-Id", uuid::Uuid::now_v7().to_string());
        let context = self.streams().await?;
        #[expect(clippy::disallowed_methods, reason = "plays a relay that repeats itself")]
        let sent = context
            .publish_with_headers(fact.subject.clone(), headers, fact.payload.clone().into())
            .await?;
        anyhow::ensure!(!sent.await?.duplicate, "the server took it for a duplicate");
        Ok(())
    }
}
