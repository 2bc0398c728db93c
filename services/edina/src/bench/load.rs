//! A closed loop of so many workers: each begins its next operation when the one before has ended.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

/// What came of the load.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Milliseconds of each operation that succeeded.
    pub(super) samples: Vec<f64>,
    pub(super) failed: usize,
    /// The first failure in words.
    pub(super) why: Option<String>,
    pub(super) took: Duration,
}

/// Runs `operation` with the numbers from `first` on for so long.
pub(super) async fn run<F, Fut>(
    concurrency: u16,
    during: Duration,
    first: usize,
    operation: F,
) -> anyhow::Result<Done>
where
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = anyhow::Result<()>> + Send,
{
    let next = Arc::new(AtomicUsize::new(first));
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..concurrency {
        let (next, operation) = (Arc::clone(&next), operation.clone());
        workers.spawn(async move {
            let mut done = Done::default();
            while started.elapsed() < during {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let begun = Instant::now();
                match operation(number).await {
                    Ok(()) => done.samples.push(milliseconds(begun.elapsed())),
                    Err(error) => {
                        done.failed += 1;
                        done.why.get_or_insert(format!("{error:#}"));
                    }
                }
            }
            done
        });
    }
    let mut all = Done::default();
    while let Some(done) = workers.join_next().await {
        let done = done?;
        all.samples.extend(done.samples);
        all.failed += done.failed;
        all.why = all.why.or(done.why);
    }
    all.took = started.elapsed();
    anyhow::ensure!(
        !all.samples.is_empty(),
        "not one operation succeeded: {}",
        all.why.unwrap_or_default()
    );
    Ok(all)
}

/// A time in milliseconds.
pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
