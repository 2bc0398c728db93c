//! One exchange, from its signals to changes of calls, and what is left over from an earlier reader.
//! [`super::calls_in_hand`] takes the changes in.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Connection, Tracking,
    calls_in_hand::CallsInHand,
    follow_call::{End, Taking},
};
use crate::{
    ami::client::{AmiClient, Signal},
    call::{CallTracker, CallUpdate, Limits, NumberingPlan},
    config::PbxConfig,
};

/// Most changes heard at once before they are taken in.
const MOST_TOGETHER: usize = 256;
const EXPIRE_INTERVAL: Duration = Duration::from_secs(60);
/// After the first picture of what goes on: meanwhile an earlier reader writes what it still has.
const SETTLE_AFTER: Duration = Duration::from_secs(2);
/// One that stops in order and still writes is waited for so much longer, and looked at so often.
const LEAVES_WITHIN: Duration = Duration::from_secs(12);
const LEAVING_LOOK: Duration = Duration::from_millis(250);

/// One turn of following an exchange.
pub(super) struct Follower {
    taking: Arc<Taking>,
    connection: Connection,
    tracker: CallTracker,
    calls: CallsInHand,
    /// When calls left over from an earlier turn are settled at the soonest, once it is known what goes on.
    settle_at: Option<Instant>,
    /// And at the latest.
    settle_by: Option<Instant>,
    /// Ends of calls that an earlier reader saw begin, until calls are settled: its word comes first, it may have seen
    /// the whole call.
    ends: Vec<End>,
    events: metrics::Counter,
}

impl Follower {
    pub(super) fn new(
        tracking: &Tracking,
        connection: &Connection,
        plan: NumberingPlan,
        term: i64,
        end: CancellationToken,
    ) -> Self {
        let config = connection.config.clone();
        let labels = [("group", config.group.to_string()), ("pbx", config.name.clone())];
        let taking = Arc::new(Taking::new(tracking.clone(), config, term, end));
        Self {
            calls: CallsInHand::new(Arc::clone(&taking)),
            taking,
            connection: connection.clone(),
            tracker: CallTracker::new(plan, Limits::default()),
            settle_at: None,
            settle_by: None,
            ends: Vec::new(),
            events: metrics::counter!("edina_pbx_events_total", &labels),
        }
    }

    /// Follows until the turn is over; then takes in what was heard by then.
    pub(super) async fn run(&mut self, mut client: AmiClient) {
        let mut expire = tokio::time::interval(EXPIRE_INTERVAL);
        let end = self.taking.end.clone();
        loop {
            let (settles, is_idle, has_room) = (self.settle_at, self.calls.is_idle(), self.calls.has_room());
            tokio::select! {
                () = end.cancelled() => break,
                changed = client.status.changed() => {
                    if changed.is_err() { break; }
                    let status = client.status.borrow_and_update().clone();
                    self.connection.changed(status, self.taking.tracking.clock.now());
                }
                _ = expire.tick() => {
                    let expired = self.tracker.expire(self.taking.tracking.clock.now());
                    self.calls.add(expired);
                }
                () = tokio::time::sleep_until(settles.unwrap_or_else(Instant::now)), if settles.is_some() => {
                    self.settle().await;
                }
                Some(end) = self.calls.next(), if !is_idle => self.keep(end).await,
                signal = client.signals.recv(), if has_room => {
                    let Some(signal) = signal else { break };
                    let updates = self.hear_together(signal, &mut client.signals);
                    self.calls.add(updates);
                }
            }
        }
        end.cancel();
        // Nothing new is let in: on a busy exchange there would be no last word.
        client.signals.close();
        while let Some(signal) = client.signals.recv().await {
            let updates = self.hear_together(signal, &mut client.signals);
            self.calls.add(updates);
        }
        while let Some(end) = self.calls.next().await {
            self.keep(end).await;
        }
        self.store_ends().await;
    }

    fn hear_together(&mut self, signal: Signal, more: &mut mpsc::Receiver<Signal>) -> Vec<CallUpdate> {
        let mut updates = self.hear(signal);
        while updates.len() < MOST_TOGETHER
            && let Ok(signal) = more.try_recv()
        {
            updates.extend(self.hear(signal));
        }
        updates
    }

    fn hear(&mut self, signal: Signal) -> Vec<CallUpdate> {
        let now = self.taking.tracking.clock.now();
        match signal {
            Signal::Event(event) => {
                self.events.increment(1);
                self.connection.heard(now);
                self.tracker.handle(&event, now)
            }
            Signal::Resync(list) => {
                let mut updates = self.tracker.resync(&list, now);
                if self.settle_by.is_none() {
                    let at = Instant::now() + SETTLE_AFTER;
                    (self.settle_at, self.settle_by) = (Some(at), Some(at + LEAVES_WITHIN));
                }
                self.connection.pictured(now);
                updates.sort_by_key(|update| update.at);
                updates
            }
            Signal::Unlisted => {
                self.connection.pictured(now);
                Vec::new()
            }
            Signal::Disconnected => Vec::new(),
        }
    }

    /// Decides about calls of an earlier reader, once it has written what it heard.
    async fn settle(&mut self) {
        let now = Instant::now();
        let waits = self.settle_by.is_some_and(|by| now < by)
            && match self
                .taking
                .tracking
                .is_predecessor_leaving(&self.taking.config, self.taking.term)
                .await
            {
                Ok(leaving) => leaving,
                Err(error) => {
                    tracing::debug!(%error, "whether an earlier reader still writes cannot be seen");
                    true
                }
            };
        if waits {
            self.settle_at = Some(now + LEAVING_LOOK);
            return;
        }
        self.settle_at = None;
        self.store_ends().await;
        self.settle_left_over().await;
    }

    async fn keep(&mut self, end: Option<End>) {
        if self.calls.holds_ends() {
            self.ends.extend(end);
        } else if let Some(end) = end {
            self.taking.store_end(end).await;
        }
    }

    async fn store_ends(&mut self) {
        self.calls.hold_no_ends();
        for end in std::mem::take(&mut self.ends) {
            self.taking.store_end(end).await;
        }
    }

    /// Ends calls that an earlier reader saw begin and nobody saw end.
    async fn settle_left_over(&self) {
        let taking = &self.taking;
        let now = taking.tracking.clock.now();
        let going_on = self.tracker.live(now).into_iter().map(|call| call.linkedid);
        // What is being written at this moment has an end of its own.
        let known: Vec<String> = going_on.chain(self.calls.ids()).collect();
        loop {
            match taking
                .tracking
                .settle_left_over(&taking.config, &known, taking.term)
                .await
            {
                Ok(Some(count)) => {
                    if count > 0 {
                        tracing::info!(
                            pbx = taking.config.name,
                            count,
                            "calls ended while nobody watched"
                        );
                    }
                    return;
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(%error, "left-over calls are not settled yet");
                    if taking.pause().await {
                        return;
                    }
                }
            }
        }
    }
}

/// The numbering plan of an exchange.
pub(crate) fn plan(config: &PbxConfig) -> anyhow::Result<NumberingPlan> {
    Ok(NumberingPlan::new(&config.extension, config.trunks.clone())?)
}
