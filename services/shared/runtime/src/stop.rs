//! A stop in stages: first notice that we leave, then no new work, then, after a deadline, no more work.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Shared by every task of a process (or of one service in the local run).
#[derive(Clone, Debug)]
pub struct Stop {
    leaving: CancellationToken,
    soft: CancellationToken,
    hard: CancellationToken,
    tracker: TaskTracker,
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// A stop that nobody has asked for yet.
    pub fn new() -> Self {
        Self {
            leaving: CancellationToken::new(),
            soft: CancellationToken::new(),
            hard: CancellationToken::new(),
            tracker: TaskTracker::new(),
        }
    }

    /// Gives notice: callers should go elsewhere. What comes all the same is still taken.
    pub fn leave(&self) {
        self.leaving.cancel();
    }

    /// Resolves when notice was given.
    pub async fn leaving(&self) {
        self.leaving.cancelled().await;
    }

    /// Whether notice was given.
    pub fn is_leaving(&self) -> bool {
        self.leaving.is_cancelled()
    }

    /// Asks everybody to take no new work and finish what is in hand.
    pub fn request(&self) {
        self.leaving.cancel();
        self.soft.cancel();
    }

    /// Resolves when a stop was asked for: take no new work.
    pub async fn requested(&self) {
        self.soft.cancelled().await;
    }

    /// Whether a stop was asked for.
    pub fn is_requested(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Resolves when work in hand must be dropped.
    pub async fn forced(&self) {
        self.hard.cancelled().await;
    }

    /// Runs a task that [`drain`](Self::drain) waits for. It is dropped when the stop is forced.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let hard = self.hard.clone();
        let stop = self.clone();
        self.tracker.spawn(async move {
            let run = tokio::spawn(async move {
                tokio::select! {
                    () = task => {}
                    () = hard.cancelled() => tracing::warn!(task = name, "task dropped at the stop deadline"),
                }
            });
            if run.await.is_err_and(|error| error.is_panic()) {
                tracing::error!(task = name, "task panicked; stopping");
                stop.request();
            }
        });
    }

    /// Waits until every task has ended; after `deadline` drops the rest. Returns whether all ended by themselves.
    pub async fn drain(&self, deadline: Duration) -> bool {
        self.request();
        self.tracker.close();
        let clean = tokio::time::timeout(deadline, self.tracker.wait()).await.is_ok();
        if !clean {
            self.hard.cancel();
            self.tracker.wait().await;
        }
        clean
    }

    /// Waits for SIGINT or SIGTERM, then asks for the stop. A second signal forces it.
    pub async fn on_signal(&self) {
        self.on_signal_after(Duration::ZERO).await;
    }

    /// The same, with the time of `notice` between signal and stop.
    pub async fn on_signal_after(&self, notice: Duration) {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            tracing::error!("signal handlers could not be installed");
            return self.requested().await;
        };
        tokio::select! {
            _ = term.recv() => tracing::info!("SIGTERM: stopping"),
            _ = int.recv() => tracing::info!("SIGINT: stopping"),
            () = self.requested() => {}
        }
        self.leave();
        let hard = self.hard.clone();
        tokio::spawn(async move {
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            hard.cancel();
        });
        let forced = self.hard.clone();
        tokio::select! {
            () = tokio::time::sleep(notice) => {}
            () = self.requested() => {}
            () = forced.cancelled() => {}
        }
        self.request();
    }
}
