//! Retrying assertions: ask again until it is so, or say what was last seen.

use std::time::{Duration, Instant};

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(60);
const DEFAULT_SECONDS: u64 = 20;

/// How long anything may take to become true; `EDINA_TEST_PATIENCE` in seconds.
pub fn patience() -> Duration {
    let seconds = std::env::var("EDINA_TEST_PATIENCE")
        .ok()
        .and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(DEFAULT_SECONDS))
}

/// What one look saw.
#[derive(Debug)]
pub enum Look<T> {
    /// It is so.
    Yes(T),
    /// Not yet; what was seen instead, for the failure message.
    NotYet(String),
}

impl<T> From<Option<T>> for Look<T> {
    fn from(seen: Option<T>) -> Self {
        seen.map_or_else(|| Self::NotYet(String::new()), Self::Yes)
    }
}

impl<T, E: std::fmt::Display> From<Result<T, E>> for Look<T> {
    fn from(seen: Result<T, E>) -> Self {
        match seen {
            Ok(value) => Self::Yes(value),
            Err(error) => Self::NotYet(format!("{error:#}")),
        }
    }
}

/// Looks until the answer is yes; panics after [`patience`] with what was last seen.
#[track_caller]
pub fn eventually<T, L: Into<Look<T>>>(what: &str, look: impl AsyncFnMut() -> L) -> impl Future<Output = T> {
    within(patience(), what, look)
}

/// [`eventually`] with a patience of its own, stretched like the general one.
#[track_caller]
pub fn within<T, L: Into<Look<T>>>(
    limit: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> L,
) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + limit;
        let mut last;
        loop {
            match look().await.into() {
                Look::Yes(value) => return value,
                Look::NotYet(seen) => last = seen,
            }
            assert!(
                Instant::now() < deadline,
                "{caller}: {what}: still not so after {} s; last seen: {last}",
                limit.as_secs()
            );
            tokio::time::sleep(PAUSE).await;
        }
    }
}
