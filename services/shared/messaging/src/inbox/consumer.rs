//! A durable pull consumer of another service's stream; copies of a service share its work.
//!
//! begin -> inbox rows -> effects -> commit -> ack. The server sends only the facts somebody here is interested in, and
//! what has arrived together is applied in one transaction: on a busy day the commits cost more than the effects. If one
//! of them fails, nothing of it was done, and each is taken by itself. An ack that gets lost means a redelivery, which the
//! inbox makes harmless; so nobody waits for its confirmation.
//!
//! A transient error is answered with a growing NAK; what cannot be read, or still fails after [`MAX_ATTEMPTS`], goes to
//! the dead letters and is terminated.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{self, AckKind, consumer::PullConsumer, consumer::pull};
use chrono::{DateTime, Utc};
use edina_postgres::{Database, Tx};
use edina_runtime::{clock::SharedClock, readiness::Readiness, stop::Stop};
use edina_telemetry::propagation;
use futures::{StreamExt as _, future::BoxFuture};
use tracing::{Instrument as _, Span, field::Empty};

use super::{backlog, guard};
use crate::{dead_letters, envelope::Delivery, streams};

/// Deliveries before a message becomes a dead letter: with the waits below about half an hour.
const MAX_ATTEMPTS: i64 = 16;
const ACK_WAIT: Duration = Duration::from_secs(30);
const ERROR_WAIT: Duration = Duration::from_secs(1);
const MAX_ACK_PENDING: i64 = 256;
/// Most events applied in one transaction.
const TOGETHER: usize = 32;

/// Why an event could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// May succeed later: database away, neighbour away, something it depends on has not arrived yet.
    #[error("{0:#}")]
    Later(anyhow::Error),
    /// Never will: goes to the dead letters at once.
    #[error("{0}")]
    Never(String),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Later(error.into())
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Later(error)
    }
}

impl From<prost::DecodeError> for Refusal {
    fn from(error: prost::DecodeError) -> Self {
        Self::Never(error.to_string())
    }
}

/// An event that was not applied before.
#[derive(Debug)]
pub struct Fresh<'a> {
    /// The event.
    pub event: &'a Delivery,
    /// In which it is to be applied: what it causes belongs to its trace.
    pub span: Span,
}

/// The effect of an event, inside the transaction that also notes it in the inbox. Unknown types are to be ignored.
pub trait Apply: Send + Sync + 'static {
    /// Subjects of the facts that have an effect here, as [`streams::subjects_of`] gives them; no others are delivered.
    fn interests(&self) -> Vec<String>;
    /// Applies the event within `tx`. May run again after an error: no effect outside of `tx`.
    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>>;
    /// Applies events of one group, each once, in the order they came. For handlers that do many by fewer statements than
    /// one by one: on a busy day they come in dozens.
    fn apply_all<'a>(
        &'a self,
        tx: &'a mut Tx,
        events: &'a [Fresh<'a>],
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            for Fresh { event, span } in events {
                self.apply(tx, event).instrument(span.clone()).await?;
            }
            Ok(())
        })
    }
    /// Called after the commit, for waking relay and workers.
    fn applied(&self) {}
}

/// One service listening to one stream.
pub struct Consumer {
    /// The listening service's database.
    pub database: Database,
    /// JetStream.
    pub jetstream: jetstream::Context,
    /// The listening service: durable name and inbox key.
    pub name: &'static str,
    /// The producing service's short name, for instance `intake`.
    pub producer: &'static str,
    /// Time source.
    pub clock: SharedClock,
    /// The condition named after the producer is kept here.
    pub readiness: Readiness,
    /// Stream replicas for the dead letters.
    pub replicas: usize,
    /// What events do.
    pub handler: Arc<dyn Apply>,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Consumer({} of {})", self.name, self.producer)
    }
}

impl Consumer {
    /// Consumes until the stop is asked for. Re-creates what is missing after a reconnect.
    pub async fn run(self, stop: Stop) {
        stop.spawn(
            "consumer backlog",
            backlog::tell(self.jetstream.clone(), self.name, self.producer, stop.clone()),
        );
        // A counter that is born with its first count hides that count from `increase`.
        metrics::counter!("edina_dead_letters_total", "consumer" => self.name).increment(0);
        while !stop.is_requested() {
            if let Err(error) = self.consume(&stop).await {
                self.readiness
                    .behind(self.producer, format!("its facts cannot be pulled: {error:#}"));
                tracing::warn!(
                    consumer = self.name,
                    producer = self.producer,
                    "consuming again soon: {error:#}"
                );
                tokio::select! { () = stop.requested() => {}, () = tokio::time::sleep(ERROR_WAIT) => {} }
            }
        }
    }

    async fn consume(&self, stop: &Stop) -> anyhow::Result<()> {
        let consumer = self.ensure().await?;
        let mut messages = consumer
            .stream()
            .max_messages_per_batch(64)
            .expires(Duration::from_secs(5))
            .heartbeat(Duration::from_secs(2))
            .messages()
            .await?
            .ready_chunks(TOGETHER);
        self.readiness.up(self.producer);
        let mut errors = 0;
        loop {
            let next =
                tokio::select! { () = stop.requested() => return Ok(()), next = messages.next() => next };
            let Some(arrived) = next else {
                anyhow::bail!("the message stream ended");
            };
            let mut taken = Vec::with_capacity(arrived.len());
            let mut failure = None;
            for message in arrived {
                match message {
                    Ok(message) => taken.push(message),
                    Err(error) => failure = Some(error),
                }
            }
            if !taken.is_empty() {
                errors = 0;
                self.take_all(taken).await;
            }
            if let Some(error) = failure {
                errors += 1;
                // A vanished consumer answers with errors for ever: ensure it anew.
                anyhow::ensure!(errors < 3, "pulling fails: {error}");
            }
        }
    }

    async fn ensure(&self) -> anyhow::Result<PullConsumer> {
        streams::ensure_dead_letters(&self.jetstream, self.replicas).await?;
        // The producer owns its stream's settings; only create it if it has not started yet.
        let stream = match self
            .jetstream
            .get_stream(streams::stream_name(self.producer))
            .await
        {
            Ok(stream) => stream,
            Err(_) => streams::ensure(&self.jetstream, self.producer, self.replicas).await?,
        };
        let config = pull::Config {
            durable_name: Some(self.name.to_owned()),
            ack_wait: ACK_WAIT,
            max_ack_pending: MAX_ACK_PENDING,
            filter_subjects: self.handler.interests(),
            ..pull::Config::default()
        };
        Ok(stream.create_consumer(config).await?)
    }

    async fn take_all(&self, messages: Vec<jetstream::Message>) {
        let mut readable = Vec::with_capacity(messages.len());
        for message in messages {
            match Delivery::read(&message.message) {
                Ok(event) => readable.push((message, event)),
                Err(error) => self.bury(&message, &error.to_string()).await,
            }
        }
        // A transaction belongs to one dealership group.
        for together in readable.chunk_by(|(_, one), (_, next)| one.group == next.group) {
            let events: Vec<Delivery> = together.iter().map(|(_, event)| event.clone()).collect();
            if events.len() > 1 && self.apply(&events).await.is_ok() {
                for (message, _) in together {
                    acknowledge(message).await;
                }
                continue;
            }
            for (message, event) in together {
                self.take(message, event).await;
            }
        }
    }

    async fn take(&self, message: &jetstream::Message, event: &Delivery) {
        let attempts = message.info().map_or(1, |info| info.delivered);
        match self.apply(std::slice::from_ref(event)).await {
            Ok(()) => acknowledge(message).await,
            Err(Refusal::Never(reason)) => self.bury(message, &reason).await,
            Err(Refusal::Later(error)) if attempts >= MAX_ATTEMPTS => {
                self.bury(message, &format!("{error:#}")).await;
            }
            Err(Refusal::Later(error)) => {
                let wait = Duration::from_millis(250 << attempts.clamp(0, 9));
                tracing::warn!(consumer = self.name, event = event.event_type, id = %event.id, attempts, ?wait, "event not applied yet: {error:#}");
                if let Err(error) = message.ack_with(AckKind::Nak(Some(wait))).await {
                    tracing::debug!(%error, "nak not sent; redelivered after the ack wait");
                }
            }
        }
    }

    /// Applies events of one group that were not applied before, in one transaction.
    async fn apply(&self, events: &[Delivery]) -> Result<(), Refusal> {
        let Some(group) = events.first().map(|event| &event.group) else {
            return Ok(());
        };
        let mut tx = self.database.begin(group).await?;
        let first = guard::first_times(&mut tx, self.name, events, self.clock.now()).await?;
        // The same event may be here twice: its second copy finds itself applied.
        let mut fresh = first.clone();
        let events_once = events.iter().filter(|event| fresh.remove(&event.id));
        let due: Vec<Fresh<'_>> = events_once.map(|event| self.fresh(event)).collect();
        if !due.is_empty() {
            self.handler.apply_all(&mut tx, &due).await?;
        }
        drop(due);
        tx.commit().await?;
        let again = events.len() - first.len();
        for (count, label) in [(first.len(), "true"), (again, "false")] {
            metrics::counter!("edina_events_consumed_total", "consumer" => self.name, "producer" => self.producer, "first" => label)
                .increment(count as u64);
        }
        metrics::gauge!("edina_consumer_last_handled_timestamp_seconds", "consumer" => self.name, "producer" => self.producer)
            .set(seconds(self.clock.now()));
        if !first.is_empty() {
            self.handler.applied();
        }
        Ok(())
    }

    fn fresh<'a>(&self, event: &'a Delivery) -> Fresh<'a> {
        let span = tracing::info_span!("consume", consumer = self.name, event = event.event_type, id = %event.id, entity = event.entity_id, otel.kind = "consumer", otel.name = Empty);
        propagation::name(&span, format_args!("consume {}", event.event_type));
        if let Some(parent) = &event.traceparent {
            propagation::set_parent(&span, parent);
        }
        Fresh { event, span }
    }

    async fn bury(&self, message: &jetstream::Message, reason: &str) {
        tracing::error!(consumer = self.name, subject = %message.subject, reason, "dead letter");
        metrics::counter!("edina_dead_letters_total", "consumer" => self.name).increment(1);
        // Terminated only once the letter is safe; otherwise it is delivered again.
        let delivered_as = message.info().map_or(0, |info| info.stream_sequence);
        match dead_letters::bury(&self.jetstream, self.name, &message.message, delivered_as, reason).await {
            Ok(()) => {
                if let Err(error) = message.ack_with(AckKind::Term).await {
                    tracing::debug!(%error, "term not sent");
                }
            }
            Err(error) => tracing::error!("the dead letter could not be stored: {error:#}"),
        }
    }
}

async fn acknowledge(message: &jetstream::Message) {
    if let Err(error) = message.ack().await {
        tracing::debug!(%error, "ack not sent; the inbox makes a redelivery harmless");
    }
}

fn seconds(at: DateTime<Utc>) -> f64 {
    (at - DateTime::UNIX_EPOCH).as_seconds_f64()
}
