//! One exchange, from its signals to stored calls and live pops.

use std::{collections::HashMap, time::Duration};

use edina_messaging::live;
use edina_proto::{calls::v1::CallLive, registry::v1::LookupPhoneRequest};
use edina_telemetry::propagation;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, field::Empty};

use super::{
    Connection, Tracking, call_id,
    heard_together::{MOST_TOGETHER, by_call},
    number,
};
use crate::{
    ami::client::{AmiClient, Signal},
    call::{CallTracker, CallUpdate, Change, Direction, Limits, NumberingPlan},
    config::PbxConfig,
};

/// The pop must not wait for a slow registry, nor the calls behind it: all that is taken together shares this time.
const LOOKUP_DEADLINE: Duration = Duration::from_millis(400);
/// After a lookup that failed; else a busy exchange would queue up behind a registry that hangs.
const LOOKUP_PAUSE: Duration = Duration::from_secs(2);
const EXPIRE_INTERVAL: Duration = Duration::from_secs(60);
const RETRY: Duration = Duration::from_millis(500);
/// After the first picture of what goes on: meanwhile an earlier reader writes what it still has.
const SETTLE_AFTER: Duration = Duration::from_secs(2);
/// One that stops in order and still writes is waited for so much longer, and looked at so often.
const LEAVES_WITHIN: Duration = Duration::from_secs(12);
const LEAVING_LOOK: Duration = Duration::from_millis(250);

/// Who rings, as far as known.
#[derive(Debug, Clone, Default)]
pub(super) struct Recognition {
    pub(super) client_id: String,
    /// known, unknown, ambiguous
    pub(super) what: &'static str,
}

/// One turn of following an exchange.
pub(super) struct Follower {
    tracking: Tracking,
    config: PbxConfig,
    connection: Connection,
    tracker: CallTracker,
    /// The turn: nothing read is written once another copy has taken over.
    term: i64,
    /// Another copy has taken over: from here on only what we alone saw is written.
    succeeded: bool,
    /// The turn is over.
    end: CancellationToken,
    /// By the exchange's call identifier; as long as the call lives.
    recognised: HashMap<String, Recognition>,
    /// The `traceparent` that everything about a call belongs to, likewise.
    traces: HashMap<String, String>,
    /// When calls left over from an earlier turn are settled at the soonest, once it is known what goes on.
    settle_at: Option<Instant>,
    /// And at the latest.
    settle_by: Option<Instant>,
    settled: bool,
    /// Ends of calls that an earlier reader saw begin, until calls are settled: its word comes first, it may have seen
    /// the whole call.
    ends: Vec<(CallUpdate, Recognition, Span)>,
    /// The registry did not answer a moment ago: until then nobody is asked for.
    quiet_until: Option<Instant>,
    /// What is taken together may ask until then.
    lookups_until: Instant,
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
        Self {
            tracking: tracking.clone(),
            config,
            connection: connection.clone(),
            tracker: CallTracker::new(plan, Limits::default()),
            term,
            succeeded: false,
            end,
            recognised: HashMap::new(),
            traces: HashMap::new(),
            settle_at: None,
            settle_by: None,
            settled: false,
            ends: Vec::new(),
            quiet_until: None,
            lookups_until: Instant::now(),
            events: metrics::counter!("edina_pbx_events_total", &labels),
        }
    }

    /// Follows until the turn is over; then takes in what was heard by then.
    pub(super) async fn run(&mut self, mut client: AmiClient) {
        let mut expire = tokio::time::interval(EXPIRE_INTERVAL);
        let end = self.end.clone();
        loop {
            let updates = tokio::select! {
                () = end.cancelled() => break,
                changed = client.status.changed() => {
                    if changed.is_err() { break; }
                    let status = client.status.borrow_and_update().clone();
                    self.connection.changed(status, self.tracking.clock.now());
                    continue;
                }
                _ = expire.tick() => self.tracker.expire(self.tracking.clock.now()),
                () = tokio::time::sleep_until(self.settle_at.unwrap_or_else(Instant::now)), if self.settle_at.is_some() => {
                    self.settle().await;
                    continue;
                }
                signal = client.signals.recv() => {
                    let Some(signal) = signal else { break };
                    self.hear_together(signal, &mut client.signals).await
                }
            };
            self.take_all(updates).await;
        }
        self.end.cancel();
        // Nothing new is let in: on a busy exchange there would be no last word.
        client.signals.close();
        while let Some(signal) = client.signals.recv().await {
            let updates = self.hear_together(signal, &mut client.signals).await;
            self.take_all(updates).await;
        }
        self.store_ends().await;
    }

    /// Whoever fell behind catches up with everything at once: what is only heard dies with us.
    async fn hear_together(&mut self, signal: Signal, more: &mut mpsc::Receiver<Signal>) -> Vec<CallUpdate> {
        let mut updates = self.hear(signal).await;
        while updates.len() < MOST_TOGETHER
            && let Ok(signal) = more.try_recv()
        {
            updates.extend(self.hear(signal).await);
        }
        updates
    }

    async fn hear(&mut self, signal: Signal) -> Vec<CallUpdate> {
        let now = self.tracking.clock.now();
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

    /// Shows every change and stores each call once, as it is after the last of them.
    async fn take_all(&mut self, updates: Vec<CallUpdate>) {
        self.lookups_until = Instant::now() + LOOKUP_DEADLINE;
        for updates in by_call(updates, |update| &update.call.linkedid) {
            let mut last = None;
            for update in updates {
                let span = self.span(&update);
                let recognition = self.show(&update).instrument(span.clone()).await;
                // A hold changes nothing that is stored.
                if !matches!(update.change, Change::Held { .. }) {
                    last = Some((update, recognition, span));
                }
            }
            match last {
                Some((update, recognition, span))
                    if !self.settled && update.call.met_midway && update.call.outcome.is_some() =>
                {
                    self.ends.push((update, recognition, span));
                }
                Some((update, recognition, span)) => self.store(update, recognition).instrument(span).await,
                None => {}
            }
        }
    }

    /// All that happens to a call is one trace: later changes hang on the first.
    fn span(&mut self, update: &CallUpdate) -> Span {
        let linked_id = &update.call.linkedid;
        let span = tracing::info_span!("call", pbx = self.config.name, linked_id, otel.name = Empty);
        propagation::name(&span, format_args!("call {}", what(&update.change)));
        if let Some(first) = self.traces.get(linked_id) {
            propagation::set_parent(&span, first);
        } else if let Some(first) = propagation::of(&span) {
            self.traces.insert(linked_id.clone(), first);
        }
        span
    }

    /// What is live comes first: a screen must not wait for the disk.
    async fn show(&mut self, update: &CallUpdate) -> Recognition {
        let recognition = self.recognise(update).await;
        if !self.succeeded {
            self.tell(update, &recognition).await;
        }
        recognition
    }

    async fn store(&mut self, update: CallUpdate, recognition: Recognition) {
        // What goes on is the other copy's now, which need not wait for us to find that out call by call.
        if self.succeeded && !saw_the_end(&update) {
            return;
        }
        let mut term = Some(self.term);
        loop {
            match self
                .tracking
                .record_update(&self.config, &update, &recognition, term)
                .await
            {
                Ok(true) => break,
                Ok(false) => {
                    self.succeeded = true;
                    // The other copy may not have seen this call at all; the end of a call is the same for both.
                    if !saw_the_end(&update) {
                        break;
                    }
                    term = None;
                }
                // Another copy has stored the call's first row at this moment.
                Err(error) if edina_postgres::constraint_of(&error) == Some("calls_pkey") => {}
                // It will not be stored by trying again, and the calls behind it must not wait for it.
                Err(error) if !edina_postgres::is_transient(&error) => {
                    tracing::error!(%error, "a call update cannot be stored; left out");
                    metrics::counter!("edina_calls_updates_refused_total").increment(1);
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "a call update is not stored yet");
                    if self.pause().await {
                        return;
                    }
                }
            }
        }
        if matches!(update.change, Change::Ended { .. }) {
            self.recognised.remove(&update.call.linkedid);
            self.traces.remove(&update.call.linkedid);
        }
    }

    /// Before another try; answers whether the turn is over.
    async fn pause(&self) -> bool {
        tokio::select! { () = self.end.cancelled() => true, () = tokio::time::sleep(RETRY) => false }
    }

    async fn recognise(&mut self, update: &CallUpdate) -> Recognition {
        if update.call.direction == Direction::Internal {
            return Recognition {
                what: "unknown",
                ..Recognition::default()
            };
        }
        if let Some(known) = self.recognised.get(&update.call.linkedid) {
            return known.clone();
        }
        let number = number(update.call.client_number.as_deref());
        let mut recognition = Recognition {
            what: "unknown",
            ..Recognition::default()
        };
        let now = Instant::now();
        let asked_in_vain = self.quiet_until.is_some_and(|until| now < until);
        if number.is_empty() || asked_in_vain || now >= self.lookups_until {
            return recognition;
        }
        let caller = self.tracking.caller(&self.config.group);
        let request = self
            .tracking
            .callers
            .request(&caller, LookupPhoneRequest { phone: number });
        let mut registry = self.tracking.registry.clone();
        match tokio::time::timeout_at(self.lookups_until, registry.lookup_phone(request)).await {
            Ok(Ok(reply)) => {
                let clients = reply.into_inner().clients;
                if let [client] = clients.as_slice() {
                    recognition = Recognition {
                        client_id: client.client_id.clone(),
                        what: "known",
                    };
                } else if !clients.is_empty() {
                    recognition.what = "ambiguous";
                }
                self.recognised
                    .insert(update.call.linkedid.clone(), recognition.clone());
            }
            // Asked again with the next update of the call.
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "the caller could not be looked up");
                self.quiet_until = Some(Instant::now() + LOOKUP_PAUSE);
            }
            Err(_) => {
                tracing::warn!("the caller was not looked up in time");
                self.quiet_until = Some(Instant::now() + LOOKUP_PAUSE);
            }
        }
        recognition
    }

    async fn tell(&self, update: &CallUpdate, recognition: &Recognition) {
        let call = &update.call;
        let what = what(&update.change);
        let extensions = match &update.change {
            Change::Ringing { extension } | Change::StoppedRinging { extension, .. } => {
                vec![extension.clone()]
            }
            Change::Answered { extension } => extension.iter().cloned().collect(),
            Change::Transferred { transfer } => transfer.to.iter().cloned().collect(),
            _ => call.answered_by.iter().chain(&call.placed_by).cloned().collect(),
        };
        let message = CallLive {
            call_id: call_id(&self.config.group, &self.config.name, &call.linkedid).to_string(),
            what: what.to_owned(),
            extensions,
            client_id: recognition.client_id.clone(),
            recognition: recognition.what.to_owned(),
            direction: super::record_update::direction(call.direction).to_owned(),
        };
        live::send(&self.tracking.nats, &self.config.group, "calls", &message).await;
    }

    /// Decides about calls of an earlier reader, once it has written what it heard.
    async fn settle(&mut self) {
        let now = Instant::now();
        let waits = self.settle_by.is_some_and(|by| now < by)
            && match self
                .tracking
                .is_predecessor_leaving(&self.config, self.term)
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

    async fn store_ends(&mut self) {
        self.settled = true;
        for (update, recognition, span) in std::mem::take(&mut self.ends) {
            self.store(update, recognition).instrument(span).await;
        }
    }

    /// Ends calls that an earlier reader saw begin and nobody saw end.
    async fn settle_left_over(&self) {
        let now = self.tracking.clock.now();
        let live: Vec<String> = self
            .tracker
            .live(now)
            .into_iter()
            .map(|call| call.linkedid)
            .collect();
        loop {
            match self
                .tracking
                .settle_left_over(&self.config, &live, self.term)
                .await
            {
                Ok(Some(count)) => {
                    if count > 0 {
                        tracing::info!(pbx = self.config.name, count, "calls ended while nobody watched");
                    }
                    return;
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(%error, "left-over calls are not settled yet");
                    if self.pause().await {
                        return;
                    }
                }
            }
        }
    }
}

/// What a change is called, live and in traces.
fn what(change: &Change) -> &'static str {
    match change {
        Change::Started => "started",
        Change::Ringing { .. } => "ringing",
        Change::StoppedRinging { .. } => "stopped_ringing",
        Change::Answered { .. } => "answered",
        Change::Transferred { .. } => "transferred",
        Change::Held { .. } => "held",
        Change::Ended { .. } => "ended",
    }
}

/// Whether the exchange itself said that the call is over.
fn saw_the_end(update: &CallUpdate) -> bool {
    let call = &update.call;
    matches!(update.change, Change::Ended { .. })
        && !call.ended_while_disconnected
        && !call.expired
        && call.merged_into.is_none()
}

/// The numbering plan of an exchange.
pub(crate) fn plan(config: &PbxConfig) -> anyhow::Result<NumberingPlan> {
    Ok(NumberingPlan::new(&config.extension, config.trunks.clone())?)
}
