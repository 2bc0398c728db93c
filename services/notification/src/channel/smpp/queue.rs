//! Messages waiting for the link, in order, and the pace the centre lets us keep. Outlives single sessions.

use super::config::SmppConfig;
use crate::channel::{SubmitError, Submitted};
use bytes::Bytes;
use std::collections::{HashSet, VecDeque};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

/// One message on its way, part by part.
pub(super) struct Job {
    pub message_id: Uuid,
    pub recipient: String,
    /// Bodies of the parts not yet answered, the next one first.
    pub parts: VecDeque<Bytes>,
    pub total: usize,
    /// Ids of the answered parts.
    pub accepted: Vec<String>,
    pub deadline: Instant,
    pub reply: oneshot::Sender<Result<Submitted, SubmitError>>,
}

impl Job {
    /// Whether the centre already holds a part of it.
    pub(super) fn started(&self) -> bool {
        self.parts.len() < self.total
    }

    /// When waiting ends. A message of which a part is out gets another full wait.
    fn expires(&self, config: &SmppConfig) -> Instant {
        self.deadline
            + if self.started() {
                config.queue_timeout
            } else {
                Duration::ZERO
            }
    }

    /// Ends the message. The caller may have gone; then nobody is told.
    pub(super) fn finish(self, outcome: Result<(), SubmitError>) {
        let (parts, provider_ids) = (self.total, self.accepted);
        let outcome = match outcome {
            Ok(()) => Ok(Submitted { provider_ids, parts }),
            Err(SubmitError::Unknown { reason, .. }) => Err(SubmitError::Unknown { reason, provider_ids }),
            Err(error) => Err(error),
        };
        let _ = self.reply.send(outcome);
    }

    /// Ends a message none of whose parts is in flight: surely unsent, or cut short between two parts.
    pub(super) fn give_up(self, reason: &str) {
        let error = if self.started() {
            SubmitError::Unknown {
                reason: format!("only a part was sent: {reason}"),
                provider_ids: Vec::new(),
            }
        } else {
            SubmitError::NotSent(reason.to_owned())
        };
        self.finish(Err(error));
    }
}

/// Waiting messages and the present pace.
pub(super) struct Queue {
    pub jobs: VecDeque<Job>,
    /// Submits allowed in flight now; halved when told to slow down, grown again by successes.
    pub window: usize,
    pub paused_until: Option<Instant>,
    pause: Duration,
}

impl Queue {
    pub(super) fn new(config: &SmppConfig) -> Self {
        Self {
            jobs: VecDeque::new(),
            window: config.window,
            paused_until: None,
            pause: config.backoff_first,
        }
    }

    /// The first message whose recipient has nothing in flight: a recipient's messages never overtake each other.
    pub(super) fn next(&mut self, busy: &HashSet<String>) -> Option<Job> {
        let at = self.jobs.iter().position(|job| !busy.contains(&job.recipient))?;
        self.jobs.remove(at)
    }

    /// The centre said "too fast": wait, each time longer, and keep fewer in flight.
    pub(super) fn slow_down(&mut self, config: &SmppConfig, now: Instant) {
        if self.paused_until.is_some_and(|until| until > now) {
            return; // one burst in flight is one complaint, not ten
        }
        self.window = (self.window / 2).max(1);
        self.paused_until = Some(now + self.pause);
        self.pause = (self.pause * 2).min(config.backoff_most);
    }

    /// The centre took a part: recover the pace step by step.
    pub(super) fn recover(&mut self, config: &SmppConfig) {
        self.pause = (self.pause / 2).max(config.backoff_first);
        self.window = (self.window + 1).min(config.window);
    }

    pub(super) fn throttled(&self, config: &SmppConfig) -> bool {
        self.window < config.window
    }

    /// Gives back what waited too long.
    pub(super) fn expire(&mut self, config: &SmppConfig, now: Instant) {
        while let Some(at) = self.jobs.iter().position(|job| job.expires(config) <= now) {
            let Some(job) = self.jobs.remove(at) else { break };
            match self.paused_until {
                Some(until) if !job.started() => {
                    let retry_after = until.saturating_duration_since(now).max(config.backoff_first);
                    job.finish(Err(SubmitError::Throttled { retry_after }));
                }
                _ => job.give_up("the link was not ready in time"),
            }
        }
    }

    /// The next moment something here needs attention.
    pub(super) fn next_deadline(&self, config: &SmppConfig) -> Option<Instant> {
        self.jobs
            .iter()
            .map(|job| job.expires(config))
            .chain(self.paused_until)
            .min()
    }
}
