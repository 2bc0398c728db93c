//! One file-backed stream per producing service, and one for dead letters.

use std::time::Duration;

use async_nats::jetstream::{
    self,
    stream::{Config, RetentionPolicy, StorageType, Stream},
};
use edina_proto::fact::Fact;

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

/// The subjects of one kind of fact in every group, for a consumer's interests.
pub fn subjects_of<F: Fact>() -> String {
    subject("*", F::SERVICE, F::ENTITY, F::FACT)
}

/// Creates or updates the stream of a producing service.
pub async fn ensure(context: &jetstream::Context, service: &str, replicas: usize) -> anyhow::Result<Stream> {
    put(context, of_service(service, replicas)).await
}

/// Creates or updates the stream of dead letters.
pub async fn ensure_dead_letters(context: &jetstream::Context, replicas: usize) -> anyhow::Result<Stream> {
    put(context, of_dead_letters(replicas)).await
}

/// What the stream of a producing service is to be like.
pub fn of_service(service: &str, replicas: usize) -> Config {
    wanted(
        stream_name(service),
        vec![format!("edina.*.{service}.>")],
        replicas,
    )
}

/// What the stream of dead letters is to be like.
pub fn of_dead_letters(replicas: usize) -> Config {
    wanted(DEAD_LETTERS.to_owned(), vec!["edina-dead.>".to_owned()], replicas)
}

fn wanted(name: String, subjects: Vec<String>, replicas: usize) -> Config {
    Config {
        name,
        subjects,
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        max_age: RETENTION,
        max_message_size: LARGEST_MESSAGE,
        duplicate_window: DUPLICATE_WINDOW,
        num_replicas: replicas,
        ..Config::default()
    }
}

async fn put(context: &jetstream::Context, config: Config) -> anyhow::Result<Stream> {
    let name = config.name.clone();
    context.create_or_update_stream(config).await?;
    Ok(context.get_stream(name).await?)
}
