//! One bound session: the event loop between the queue and the wire.
//!
//! Rules it keeps: at most `window` submits in flight and one per recipient; an unanswered submit is *unknown*, never
//! repeated; a throttled part goes back to the head of the queue; every request of the centre is answered.

mod incoming;

use super::config::SmppConfig;
use super::pdu::{self, Bind, Frame, Framing, PduError};
use super::queue::{Job, Queue};
use super::status;
use crate::channel::{LinkState, ProviderEvent, ProviderStatus, SubmitError};
use bytes::Bytes;
use futures::stream::{FuturesUnordered, StreamExt};
use futures::{SinkExt, future::BoxFuture};
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Given-up submits whose late answer is still recognised.
const MAX_LATE: usize = 1000;
/// Receipts being stored at once; more are answered "try again".
const MAX_UNANSWERED_RECEIPTS: usize = 200;

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error("stopped")]
    Stopped,
    #[error("bind refused: {} (0x{code:02X})", status::words(*code))]
    Refused { code: u32 },
    #[error("no answer within {0:?}")]
    Silent(std::time::Duration),
    #[error("the provider closed the connection")]
    Closed,
    #[error("the provider ended the session")]
    Unbound,
    #[error(transparent)]
    Broken(#[from] PduError),
}

/// A connection to the centre, plain or secured.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

struct InFlight {
    job: Job,
    expires: Instant,
}

/// The ends a session works with; they outlive it.
pub(super) struct Line<'a> {
    pub config: &'a SmppConfig,
    pub queue: &'a mut Queue,
    pub jobs: &'a mut mpsc::Receiver<Job>,
    pub events: &'a mpsc::Sender<ProviderEvent>,
    pub status: &'a watch::Sender<ProviderStatus>,
    pub stop: &'a CancellationToken,
}

pub(super) struct Session<'a> {
    line: Line<'a>,
    wire: Framed<Box<dyn Wire>, Framing>,
    sequence: u32,
    in_flight: HashMap<u32, InFlight>,
    busy: HashSet<String>,
    late: BTreeMap<u32, Uuid>,
    receipts: FuturesUnordered<BoxFuture<'static, Frame>>,
    probe_at: Instant,
    probe_expires: Option<Instant>,
}

impl<'a> Session<'a> {
    /// Binds and works until something ends it. In-flight submits end as unknown; the queue stays.
    pub(super) async fn run(stream: Box<dyn Wire>, line: Line<'a>) -> End {
        let probe_at = Instant::now() + line.config.enquire_interval;
        let mut session = Session {
            line,
            wire: Framed::new(stream, Framing),
            sequence: 0,
            in_flight: HashMap::new(),
            busy: HashSet::new(),
            late: BTreeMap::new(),
            receipts: FuturesUnordered::new(),
            probe_at,
            probe_expires: None,
        };
        let end = match session.bind().await {
            Ok(()) => match session.work().await {
                Ok(()) => session.unbind().await,
                Err(end) => end,
            },
            Err(end) => end,
        };
        for (_, flight) in session.in_flight.drain() {
            let reason = format!("the link was lost before the answer ({end})");
            flight.job.finish(Err(SubmitError::Unknown {
                reason,
                provider_ids: Vec::new(),
            }));
        }
        end
    }

    async fn bind(&mut self) -> Result<(), End> {
        let body = Bind {
            system_id: self.line.config.system_id.clone(),
            password: self.line.config.password.expose_secret().to_owned(),
            system_type: self.line.config.system_type.clone(),
            interface_version: pdu::VERSION_3_4,
        };
        let sequence = self.next_sequence();
        self.send(Frame::request(pdu::BIND_TRANSCEIVER, sequence, body.encode()?))
            .await?;
        let patience = self.line.config.response_timeout;
        let deadline = Instant::now() + patience;
        loop {
            let frame = tokio::select! {
                frame = self.wire.next() => frame.ok_or(End::Closed)??,
                () = sleep_until(deadline) => return Err(End::Silent(patience)),
                () = self.line.stop.cancelled() => return Err(End::Stopped),
            };
            let is_answer =
                frame.command == pdu::BIND_TRANSCEIVER | pdu::RESPONSE || frame.command == pdu::GENERIC_NACK;
            if is_answer {
                if frame.status != status::OK {
                    return Err(End::Refused { code: frame.status });
                }
                self.line.status.send_modify(|status| {
                    status.state = LinkState::Up;
                    status.trouble = None;
                    status.sessions += 1;
                });
                return Ok(());
            }
            self.take(frame).await?;
        }
    }

    async fn work(&mut self) -> Result<(), End> {
        loop {
            self.line.queue.expire(self.line.config, Instant::now());
            self.pump().await?;
            let room = self.line.queue.jobs.len() < self.line.config.queue;
            let wake = self.next_wake();
            tokio::select! {
                frame = self.wire.next() => {
                    let frame = frame.ok_or(End::Closed)??;
                    self.take(frame).await?;
                }
                job = self.line.jobs.recv(), if room => match job {
                    Some(job) => self.line.queue.jobs.push_back(job),
                    None => return Ok(()),
                },
                Some(answer) = self.receipts.next(), if !self.receipts.is_empty() => self.send(answer).await?,
                () = sleep_until(wake) => self.tick().await?,
                () = self.line.stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Lets what is in flight land, then takes leave. A peer that closes at once is as good as one that answers.
    async fn unbind(&mut self) -> End {
        let deadline = Instant::now() + self.line.config.response_timeout;
        while !self.in_flight.is_empty() || !self.receipts.is_empty() {
            tokio::select! {
                frame = self.wire.next() => match frame {
                    Some(Ok(frame)) => {
                        if self.take(frame).await.is_err() {
                            return End::Stopped;
                        }
                    }
                    _ => return End::Stopped,
                },
                Some(answer) = self.receipts.next(), if !self.receipts.is_empty() => {
                    if self.send(answer).await.is_err() {
                        return End::Stopped;
                    }
                }
                () = sleep_until(deadline) => break,
            }
        }
        let sequence = self.next_sequence();
        if self
            .send(Frame::request(pdu::UNBIND, sequence, Bytes::new()))
            .await
            .is_ok()
        {
            let answered = async {
                while let Some(Ok(frame)) = self.wire.next().await {
                    if frame.command == pdu::UNBIND | pdu::RESPONSE {
                        break;
                    }
                }
            };
            let _ = timeout(
                self.line
                    .config
                    .response_timeout
                    .min(std::time::Duration::from_secs(2)),
                answered,
            )
            .await;
        }
        End::Stopped
    }

    /// Sends whatever window, pace and per-recipient order allow.
    async fn pump(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if self.line.queue.paused_until.is_some_and(|until| until > now) {
            return Ok(());
        }
        self.line.queue.paused_until = None;
        while self.in_flight.len() < self.line.queue.window {
            let Some(job) = self.line.queue.next(&self.busy) else {
                break;
            };
            let Some(part) = job.parts.front() else {
                job.finish(Ok(()));
                continue;
            };
            let body = part.clone();
            let sequence = self.next_sequence();
            self.busy.insert(job.recipient.clone());
            let expires = Instant::now() + self.line.config.response_timeout;
            // Entered before the write: a write that fails half-way is unknown, not unsent.
            self.in_flight.insert(sequence, InFlight { job, expires });
            self.send(Frame::request(pdu::SUBMIT_SM, sequence, body)).await?;
        }
        Ok(())
    }

    /// Gives up on late answers and probes a silent link.
    async fn tick(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let overdue: Vec<u32> = self
            .in_flight
            .iter()
            .filter(|(_, flight)| flight.expires <= now)
            .map(|(sequence, _)| *sequence)
            .collect();
        for sequence in overdue {
            let Some(InFlight { job, .. }) = self.in_flight.remove(&sequence) else {
                continue;
            };
            self.busy.remove(&job.recipient);
            self.late.insert(sequence, job.message_id);
            if self.late.len() > MAX_LATE {
                self.late.pop_first();
            }
            let reason = format!("no answer within {:?}", self.line.config.response_timeout);
            job.finish(Err(SubmitError::Unknown {
                reason,
                provider_ids: Vec::new(),
            }));
        }
        if self.probe_expires.is_some_and(|expires| expires <= now) {
            return Err(End::Silent(self.line.config.response_timeout));
        }
        if self.probe_expires.is_none() && self.probe_at <= now {
            let sequence = self.next_sequence();
            self.probe_expires = Some(now + self.line.config.response_timeout);
            self.send(Frame::request(pdu::ENQUIRE_LINK, sequence, Bytes::new()))
                .await?;
        }
        Ok(())
    }

    fn next_wake(&self) -> Instant {
        let flights = self.in_flight.values().map(|flight| flight.expires);
        let probe = self.probe_expires.unwrap_or(self.probe_at);
        flights
            .chain(self.line.queue.next_deadline(self.line.config))
            .fold(probe, Instant::min)
    }

    fn next_sequence(&mut self) -> u32 {
        self.sequence = if self.sequence >= 0x7FFF_FFFF {
            1
        } else {
            self.sequence + 1
        };
        self.sequence
    }

    async fn send(&mut self, frame: Frame) -> Result<(), End> {
        let patience = self.line.config.response_timeout;
        timeout(patience, self.wire.send(frame))
            .await
            .map_err(|_| End::Silent(patience))??;
        Ok(())
    }
}
