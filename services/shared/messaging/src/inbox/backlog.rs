//! How far a consumer is behind: asked of NATS every 15 s, told as metrics.
//!
//! Every copy of a service tells the same numbers, since they are the broker's.

use async_nats::jetstream;
use edina_runtime::stop::Stop;
use edina_telemetry::metrics::{MEASURE_INTERVAL, float};
use futures::TryStreamExt as _;

use crate::streams;

/// Tells it until the stop.
pub(super) async fn tell(
    jetstream: jetstream::Context,
    consumer: &'static str,
    producer: &'static str,
    stop: Stop,
) {
    let mut every = tokio::time::interval(MEASURE_INTERVAL);
    loop {
        tokio::select! { _ = every.tick() => {}, () = stop.requested() => return }
        if let Err(error) = look(&jetstream, consumer, producer).await {
            // NATS is away or nothing is there yet, which is told elsewhere.
            tracing::debug!(consumer, producer, "backlog not known: {error:#}");
        }
    }
}

async fn look(
    jetstream: &jetstream::Context,
    consumer: &'static str,
    producer: &'static str,
) -> anyhow::Result<()> {
    let stream = jetstream
        .get_stream_no_info(streams::stream_name(producer))
        .await?;
    let info = stream.consumer_info(consumer).await?;
    let tell = |name: &'static str, value: f64| {
        metrics::gauge!(name, "consumer" => consumer, "producer" => producer).set(value);
    };
    tell(
        "edina_consumer_pending",
        f64::from(u32::try_from(info.num_pending).unwrap_or(u32::MAX)),
    );
    tell("edina_consumer_ack_pending", float(info.num_ack_pending));
    tell("edina_consumer_redelivered", float(info.num_redelivered));
    let letters = jetstream.get_stream_no_info(streams::DEAD_LETTERS).await?;
    let kept: Vec<(String, usize)> = letters
        .info_with_subjects(format!("edina-dead.*.{consumer}"))
        .await?
        .try_collect()
        .await?;
    let kept = kept.iter().map(|(_, letters)| letters).sum();
    metrics::gauge!("edina_dead_letters_kept", "consumer" => consumer).set(float(kept));
    Ok(())
}
