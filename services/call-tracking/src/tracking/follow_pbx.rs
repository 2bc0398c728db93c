//! One exchange, from its signals to stored calls and live pops.

use std::{collections::HashMap, time::Duration};

use edina_messaging::live;
use edina_proto::{calls::v1::CallLive, registry::v1::LookupPhoneRequest};
use edina_runtime::stop::Stop;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{Connection, Tracking, call_id, number};
use crate::{
    ami::client::{AmiClient, Signal},
    call::{CallTracker, CallUpdate, Change, Direction, Limits, NumberingPlan},
    config::PbxConfig,
};

/// The pop must not wait for a slow registry.
const LOOKUP_DEADLINE: Duration = Duration::from_millis(400);
/// After a lookup that failed; else a busy exchange would queue up behind a registry that hangs.
const LOOKUP_PAUSE: Duration = Duration::from_secs(2);
const EXPIRE_INTERVAL: Duration = Duration::from_secs(60);
const RETRY: Duration = Duration::from_millis(500);

/// Who rings, as far as known.
#[derive(Debug, Clone, Default)]
pub(super) struct Recognition {
    pub(super) client_id: String,
    /// known, unknown, ambiguous
    pub(super) what: &'static str,
}

/// Follows an exchange until the stop.
pub async fn follow(
    tracking: Tracking,
    client: AmiClient,
    connection: Connection,
    plan: NumberingPlan,
    stop: Stop,
) {
    let mut follower = Follower {
        tracking,
        config: connection.config.clone(),
        connection,
        tracker: CallTracker::new(plan, Limits::default()),
        recognised: HashMap::new(),
        settled: false,
        quiet_until: None,
    };
    follower.run(client, &stop).await;
}

struct Follower {
    tracking: Tracking,
    config: PbxConfig,
    connection: Connection,
    tracker: CallTracker,
    /// By the exchange's call identifier; as long as the call lives.
    recognised: HashMap<String, Recognition>,
    /// Calls left over from an earlier process were settled.
    settled: bool,
    /// The registry did not answer a moment ago: until then nobody is asked for.
    quiet_until: Option<Instant>,
}

impl Follower {
    async fn run(&mut self, mut client: AmiClient, stop: &Stop) {
        let mut expire = tokio::time::interval(EXPIRE_INTERVAL);
        loop {
            let updates = tokio::select! {
                () = stop.requested() => return,
                changed = client.status.changed() => {
                    if changed.is_err() { return; }
                    self.connection.changed(self.tracking.clock.now());
                    continue;
                }
                _ = expire.tick() => self.tracker.expire(self.tracking.clock.now()),
                signal = client.signals.recv() => {
                    let now = self.tracking.clock.now();
                    match signal {
                        None => return,
                        Some(Signal::Event(event)) => {
                            self.connection.heard(now);
                            self.tracker.handle(&event, now)
                        }
                        Some(Signal::Resync(list)) => {
                            self.connection.heard(now);
                            let mut updates = self.tracker.resync(&list, now);
                            if !self.settled {
                                self.settle_left_over(stop).await;
                                self.settled = true;
                            }
                            updates.sort_by_key(|update| update.at);
                            updates
                        }
                        Some(Signal::Disconnected) => continue,
                    }
                }
            };
            for update in updates {
                let span =
                    tracing::info_span!("call", pbx = self.config.name, linked_id = update.call.linkedid);
                self.take(update, stop).instrument(span).await;
            }
        }
    }

    async fn take(&mut self, update: CallUpdate, stop: &Stop) {
        let recognition = self.recognise(&update).await;
        // First what is live: a screen must not wait for the disk.
        self.tell(&update, &recognition).await;
        loop {
            match self
                .tracking
                .record_update(&self.config, &update, &recognition)
                .await
            {
                Ok(()) => break,
                // It will not be stored by trying again, and the calls behind it must not wait for it.
                Err(error) if !edina_postgres::is_transient(&error) => {
                    tracing::error!(%error, "a call update cannot be stored; left out");
                    metrics::counter!("edina_calls_updates_refused_total").increment(1);
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "a call update is not stored yet");
                    tokio::select! { () = stop.requested() => return, () = tokio::time::sleep(RETRY) => {} }
                }
            }
        }
        if matches!(update.change, Change::Ended { .. }) {
            self.recognised.remove(&update.call.linkedid);
        }
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
        let asked_in_vain = self.quiet_until.is_some_and(|until| Instant::now() < until);
        if number.is_empty() || asked_in_vain {
            return recognition;
        }
        let caller = self.tracking.caller(&self.config.group);
        let request = self
            .tracking
            .callers
            .request(&caller, LookupPhoneRequest { phone: number });
        let mut registry = self.tracking.registry.clone();
        match tokio::time::timeout(LOOKUP_DEADLINE, registry.lookup_phone(request)).await {
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
        let what = match &update.change {
            Change::Started => "started",
            Change::Ringing { .. } => "ringing",
            Change::StoppedRinging { .. } => "stopped_ringing",
            Change::Answered { .. } => "answered",
            Change::Transferred { .. } => "transferred",
            Change::Held { .. } => "held",
            Change::Ended { .. } => "ended",
        };
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

    /// Calls that an earlier process saw begin and nobody saw end.
    async fn settle_left_over(&self, stop: &Stop) {
        let now = self.tracking.clock.now();
        let live: Vec<String> = self
            .tracker
            .live(now)
            .into_iter()
            .map(|call| call.linkedid)
            .collect();
        loop {
            match self.tracking.settle_left_over(&self.config, &live).await {
                Ok(count) => {
                    if count > 0 {
                        tracing::info!(pbx = self.config.name, count, "calls ended while nobody watched");
                    }
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "left-over calls are not settled yet");
                    tokio::select! { () = stop.requested() => return, () = tokio::time::sleep(RETRY) => {} }
                }
            }
        }
    }
}

/// The numbering plan of an exchange.
pub(crate) fn plan(config: &PbxConfig) -> anyhow::Result<NumberingPlan> {
    Ok(NumberingPlan::new(&config.extension, config.trunks.clone())?)
}
