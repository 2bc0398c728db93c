//! What was heard of one call, taken in together: who it is, its row, and what screens are told.
//! [`super::calls_in_hand`] takes in several calls side by side.

use std::{
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use edina_messaging::live;
use edina_proto::calls::v1::CallLive;
use edina_telemetry::propagation;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, field::Empty};

use super::{
    Tracking, call_id,
    recognise::{Quiet, Recognition},
};
use crate::{
    call::{CallUpdate, Change},
    config::PbxConfig,
};

/// A screen reads the row, so it is told when the row is there; when the disk is slower than this, it is told before,
/// and again.
const SHOWN_BY: Duration = Duration::from_millis(100);
/// Before another try to store.
const RETRY: Duration = Duration::from_millis(500);

/// What all calls of one turn share.
pub(super) struct Taking {
    pub(super) tracking: Tracking,
    pub(super) config: PbxConfig,
    /// The turn: nothing read is written once another copy has taken over.
    pub(super) term: i64,
    /// The turn is over.
    pub(super) end: CancellationToken,
    /// Another copy has taken over: from here on only what we alone saw is written.
    succeeded: AtomicBool,
    quiet: Quiet,
}

/// What is remembered of a call while it lives.
#[derive(Debug, Default)]
pub(super) struct Memory {
    recognition: Option<Recognition>,
    /// The `traceparent` that everything about the call belongs to.
    trace: Option<String>,
    pub(super) has_ended: bool,
}

/// The end of a call, to be stored later.
pub(super) struct End {
    update: CallUpdate,
    recognition: Recognition,
    span: Span,
}

impl Taking {
    pub(super) fn new(tracking: Tracking, config: PbxConfig, term: i64, end: CancellationToken) -> Self {
        Self {
            tracking,
            config,
            term,
            end,
            succeeded: AtomicBool::new(false),
            quiet: Quiet::default(),
        }
    }

    /// Stores the call as it is after the last change and tells of each. With `holds_ends` the end of a call that an
    /// earlier reader saw begin is not stored but given back.
    pub(super) async fn take(
        &self,
        updates: Vec<CallUpdate>,
        memory: &mut Memory,
        holds_ends: bool,
    ) -> Option<End> {
        let newest = updates.last()?;
        let spans: Vec<Span> = updates.iter().map(|update| self.span(update, memory)).collect();
        memory.has_ended = newest.call.outcome.is_some();
        if memory.recognition.is_none() {
            let asked = self
                .tracking
                .recognise(&self.config.group, &newest.call, &self.quiet);
            let span = spans.last().cloned().unwrap_or_else(Span::none);
            memory.recognition = asked.instrument(span).await;
        }
        let recognition = memory.recognition.clone().unwrap_or_default();
        // A hold changes nothing that is stored.
        let stored = updates
            .iter()
            .zip(&spans)
            .rfind(|(update, _)| !matches!(update.change, Change::Held { .. }));
        let Some((update, span)) = stored else {
            self.tell(&updates, &spans, &recognition).await;
            return None;
        };
        if holds_ends && update.call.met_midway && update.call.outcome.is_some() {
            self.tell(&updates, &spans, &recognition).await;
            return Some(End {
                update: update.clone(),
                recognition,
                span: span.clone(),
            });
        }
        let mut store = pin!(self.store(update, &recognition).instrument(span.clone()));
        let in_time = timeout(SHOWN_BY, &mut store).await.is_ok();
        self.tell(&updates, &spans, &recognition).await;
        if !in_time {
            store.await;
            self.tell(&updates, &spans, &recognition).await;
        }
        None
    }

    /// All that happens to a call is one trace: later changes hang on the first.
    fn span(&self, update: &CallUpdate, memory: &mut Memory) -> Span {
        let linked_id = &update.call.linkedid;
        let span = tracing::info_span!("call", pbx = self.config.name, linked_id, otel.name = Empty);
        propagation::name(&span, format_args!("call {}", what(&update.change)));
        match &memory.trace {
            Some(first) => propagation::set_parent(&span, first),
            None => memory.trace = propagation::of(&span),
        }
        span
    }

    pub(super) async fn store_end(&self, end: End) {
        self.store(&end.update, &end.recognition)
            .instrument(end.span)
            .await;
    }

    async fn store(&self, update: &CallUpdate, recognition: &Recognition) {
        // What goes on is the other copy's now, which need not wait for us to find that out call by call.
        if self.succeeded.load(Ordering::Relaxed) && !saw_the_end(update) {
            return;
        }
        let mut term = Some(self.term);
        loop {
            match self
                .tracking
                .record_update(&self.config, update, recognition, term)
                .await
            {
                Ok(true) => return,
                Ok(false) => {
                    self.succeeded.store(true, Ordering::Relaxed);
                    // The other copy may not have seen this call at all; the end of a call is the same for both.
                    if !saw_the_end(update) {
                        return;
                    }
                    term = None;
                }
                // Another copy has stored the call's first row at this moment.
                Err(error) if edina_postgres::constraint_of(&error) == Some("calls_pkey") => {}
                // It will not be stored by trying again, and what follows must not wait for it.
                Err(error) if !edina_postgres::is_transient(&error) => {
                    tracing::error!(%error, "a call update cannot be stored; left out");
                    metrics::counter!("edina_calls_updates_refused_total").increment(1);
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "a call update is not stored yet");
                    if self.pause().await {
                        return;
                    }
                }
            }
        }
    }

    /// Before another try; answers whether the turn is over.
    pub(super) async fn pause(&self) -> bool {
        tokio::select! { () = self.end.cancelled() => true, () = tokio::time::sleep(RETRY) => false }
    }

    async fn tell(&self, updates: &[CallUpdate], spans: &[Span], recognition: &Recognition) {
        for (update, span) in updates.iter().zip(spans) {
            if !self.succeeded.load(Ordering::Relaxed) {
                self.tell_one(update, recognition).instrument(span.clone()).await;
            }
        }
    }

    async fn tell_one(&self, update: &CallUpdate, recognition: &Recognition) {
        let call = &update.call;
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
            what: what(&update.change).to_owned(),
            extensions,
            client_id: recognition.client_id.clone(),
            recognition: recognition.what.to_owned(),
            direction: super::record_update::direction(call.direction).to_owned(),
        };
        live::send(&self.tracking.nats, &self.config.group, "calls", &message).await;
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
