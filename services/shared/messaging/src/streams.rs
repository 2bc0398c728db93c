//! One file-backed stream per producing service, and one for dead letters.

use std::time::Duration;

use async_nats::jetstream::{
    self,
    stream::{Config, RetentionPolicy, StorageType, Stream},
};

/// How long facts stay in their stream. Inbox rows stay longer.
pub const RETENTION: Duration = Duration::from_secs(14 * 24 * 3600);
/// Within this window the server drops a message published again under the same id.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(10 * 60);
/// Facts are small; a larger message is a mistake.
const LARGEST_MESSAGE: i32 = 256 * 1024;
/// Name of the stream of dead letters.
pub const DEAD_LETTERS: &str = "EDINA_DEAD_LETTERS";

/// The stream of a producing service: `EDINA_REGISTRY` for `registry`.
pub fn stream_name(service: &str) -> String {
    format!("EDINA_{}", service.to_uppercase())
}

/// The subject of a fact: `edina.<group>.<service>.<entity>.<fact>`.
pub fn subject(group: &str, service: &str, entity: &str, fact: &str) -> String {
    format!("edina.{group}.{service}.{entity}.{fact}")
}

/// Creates or updates the stream of a producing service.
pub async fn ensure(context: &jetstream::Context, service: &str, replicas: usize) -> anyhow::Result<Stream> {
    put(
        context,
        stream_name(service),
        vec![format!("edina.*.{service}.>")],
        replicas,
    )
    .await
}

/// Creates or updates the stream of dead letters.
pub async fn ensure_dead_letters(context: &jetstream::Context, replicas: usize) -> anyhow::Result<Stream> {
    put(
        context,
        DEAD_LETTERS.to_owned(),
        vec!["edina-dead.>".to_owned()],
        replicas,
    )
    .await
}

async fn put(
    context: &jetstream::Context,
    name: String,
    subjects: Vec<String>,
    replicas: usize,
) -> anyhow::Result<Stream> {
    let config = Config {
        name: name.clone(),
        subjects,
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        max_age: RETENTION,
        max_message_size: LARGEST_MESSAGE,
        duplicate_window: DUPLICATE_WINDOW,
        num_replicas: replicas,
        ..Config::default()
    };
    context.create_or_update_stream(config).await?;
    Ok(context.get_stream(name).await?)
}
