//! Places for requests: so many at once, so many waiting, the rest is turned away at once.
//!
//! A place is held until the head of the answer is there, so that event streams take none for long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;

/// Seconds after which somebody turned away may come back.
pub const RETRY_AFTER: u32 = 2;

/// The places of one listener. Clones share them.
#[derive(Debug, Clone)]
pub struct Admission {
    places: Arc<Semaphore>,
    queue: Arc<AtomicUsize>,
    longest_queue: usize,
    longest_wait: Duration,
    listener: &'static str,
}

/// A place; given back when dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

/// Counts one waiting request until it is dropped, also when the request is given up.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    /// The places of `listener` (`http` or `grpc`).
    pub fn new(limits: &Limits, listener: &'static str) -> Self {
        // A counter that is born with its first count hides that count from `increase`.
        metrics::counter!("edina_requests_refused_total", "listener" => listener).increment(0);
        Self {
            places: Arc::new(Semaphore::new(limits.at_once.clamp(1, Semaphore::MAX_PERMITS))),
            queue: Arc::default(),
            longest_queue: limits.waiting,
            longest_wait: limits.longest_wait,
            listener,
        }
    }

    /// A place, now or within the longest wait; none when there are too many before.
    pub async fn enter(&self) -> Option<Place> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(Place { _permit: permit });
        }
        let before = self.queue.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(Arc::clone(&self.queue));
        let permit = if before < self.longest_queue {
            tokio::time::timeout(self.longest_wait, Arc::clone(&self.places).acquire_owned())
                .await
                .ok()
                .and_then(Result::ok)
        } else {
            None
        };
        drop(waiting);
        if permit.is_none() {
            metrics::counter!("edina_requests_refused_total", "listener" => self.listener).increment(1);
        }
        permit.map(|permit| Place { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(at_once: usize, waiting: usize) -> Admission {
        let limits = Limits {
            at_once,
            waiting,
            longest_wait: Duration::from_secs(3600),
            ..Limits::default()
        };
        Admission::new(&limits, "test")
    }

    #[tokio::test]
    async fn beyond_places_and_queue_nobody_enters() {
        let admission = admission(1, 1);
        let place = admission.enter().await;
        assert!(place.is_some());
        let second = tokio::spawn({
            let admission = admission.clone();
            async move { admission.enter().await }
        });
        while admission.queue.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(admission.enter().await.is_none(), "the queue is full");
        drop(place);
        assert!(second.await.unwrap().is_some(), "whoever waited is next");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_agreed_and_one_who_leaves_frees_the_queue() {
        let admission = admission(1, 1);
        let _place = admission.enter().await;
        let gone = tokio::time::timeout(Duration::from_secs(1), admission.enter()).await;
        assert!(gone.is_err());
        assert_eq!(admission.queue.load(Ordering::Relaxed), 0);
        assert!(admission.enter().await.is_none());
    }
}
