//! Looking into the streams: whether all facts were applied, and delivering one once more.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Context as _;
use async_nats::jetstream::{self, consumer::PullConsumer};
use futures::{StreamExt as _, TryStreamExt as _};
use sqlx::{Connection as _, PgConnection};

use edina_messaging::{outbox, streams};
use edina_postgres::Database;

use super::{Service, System};
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
        eventually("all facts are applied", async || self.quiet().await).await;
    }

    /// Whether every outbox is empty and every consumer has applied all there is; says what is left.
    pub async fn quiet(&self) -> anyhow::Result<()> {
        // Twice in a row: applying one fact may make another.
        for _ in 0..2 {
            self.all_published().await?;
            self.all_applied().await?;
        }
        Ok(())
    }

    async fn all_published(&self) -> anyhow::Result<()> {
        for service in Service::ALL {
            let url = self.database_url(service).to_owned().into();
            let database = Database::connect_lazy(&url, 1, "e2e")?;
            let waiting = outbox::waiting(&database).await?;
            database.pool().close().await;
            let name = service.name();
            anyhow::ensure!(
                waiting.facts == 0,
                "{name}: {} facts in the outbox",
                waiting.facts
            );
        }
        Ok(())
    }

    /// Whether these services have no work that is due, in hand or failing; a killed worker's counts until its lease has
    /// run out.
    pub async fn idle(&self, services: &[Service]) -> anyhow::Result<()> {
        for service in services {
            let url = self.stack.postgres_url(&service.database());
            let mut connection = PgConnection::connect(&url).await?;
            let kinds: Vec<String> = sqlx::query_scalar(
                "select distinct kind from jobs where due_at <= now() or leased_until is not null or attempts > 0",
            )
            .fetch_all(&mut connection)
            .await?;
            connection.close().await?;
            anyhow::ensure!(kinds.is_empty(), "{} has yet to do {kinds:?}", service.name());
        }
        Ok(())
    }

    /// How many dead letters there are.
    pub async fn dead_letters(&self) -> anyhow::Result<u64> {
        let mut stream = self.streams().await?.get_stream(streams::DEAD_LETTERS).await?;
        Ok(stream.info().await?.state.messages)
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
        let mut facts = self.all_facts(stream).await?;
        facts.retain(|fact| fact.headers.get("ce-subject").is_some_and(|id| id == entity_id));
        Ok(facts)
    }

    /// Every fact in the stream `EDINA_<SERVICE>`, in its order.
    pub async fn all_facts(&self, stream: &str) -> anyhow::Result<Vec<Stored>> {
        let stream = self.streams().await?.get_stream(stream).await?;
        let consumer: PullConsumer = stream
            .create_consumer(jetstream::consumer::pull::Config {
                inactive_threshold: std::time::Duration::from_secs(30),
                ack_policy: jetstream::consumer::AckPolicy::None,
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
            found.push(Stored {
                subject: message.subject.to_string(),
                headers,
                payload: message.payload.to_vec(),
            });
        }
        Ok(found)
    }

    /// Publishes facts once more under other `Nats-Msg-Id`s, as a relay does that died before it marked its rows.
    pub async fn deliver_again(&self, facts: &[Stored]) -> anyhow::Result<()> {
        let context = self.streams().await?;
        for fact in facts {
            let mut headers = async_nats::HeaderMap::new();
            for (name, value) in &fact.headers {
                headers.insert(name.as_str(), value.as_str());
            }
            repeat(
                &context,
                fact.subject.clone(),
                headers,
                fact.payload.clone().into(),
            )
            .await?;
        }
        Ok(())
    }

    /// Delivers every fact once more as soon as it is published, until the value is dropped.
    pub async fn echo(&self) -> anyhow::Result<Echo> {
        let context = self.streams().await?;
        let client = context.client();
        let mut heard = client.subscribe("edina.>").await?;
        client.flush().await?;
        let repeated = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&repeated);
        let task = tokio::spawn(async move {
            while let Some(message) = heard.next().await {
                let mut headers = message.headers.unwrap_or_default();
                // What is only live has no id, and what we said ourselves is said twice already.
                if headers.get("Nats-Msg-Id").is_none() || headers.get(ECHO).is_some() {
                    continue;
                }
                headers.insert(ECHO, "1");
                match repeat(&context, message.subject, headers, message.payload).await {
                    Ok(()) => drop(count.fetch_add(1, Ordering::Relaxed)),
                    Err(error) => eprintln!("echo: {error:#}"),
                }
            }
        });
        Ok(Echo { repeated, task })
    }
}

/// Marks what an [`Echo`] said.
const ECHO: &str = "Edina-Test-Echo";

/// Says every fact twice while it lives.
#[derive(Debug)]
pub struct Echo {
    repeated: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Echo {
    /// How many facts were delivered again so far.
    pub fn repeated(&self) -> usize {
        self.repeated.load(Ordering::Relaxed)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn repeat(
    context: &jetstream::Context,
    subject: impl async_nats::subject::ToSubject,
    mut headers: async_nats::HeaderMap,
    payload: bytes::Bytes,
) -> anyhow::Result<()> {
    headers.insert("Nats-Msg-Id", uuid::Uuid::now_v7().to_string());
    #[expect(clippy::disallowed_methods, reason = "plays a relay that repeats itself")]
    let sent = context.publish_with_headers(subject, headers, payload).await?;
    anyhow::ensure!(!sent.await?.duplicate, "the server took it for a duplicate");
    Ok(())
}
