//! The provider handle and the supervisor that keeps one session alive behind it.

use super::config::SmppConfig;
use super::encoding;
use super::pdu::{Address, ESM_UDHI, ShortMessage};
use super::queue::{Job, Queue};
use super::session::{End, Line, Session, Wire};
use crate::channel::{
    LinkState, OutgoingSms, ProviderEvent, ProviderStatus, SmsProvider, SubmitError, Submitted,
};
use crate::message::gate::GateToken;
use async_trait::async_trait;
use bytes::Bytes;
use rand::Rng;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Receipts waiting for their consumer; more are answered "try again".
const MAX_EVENTS: usize = 1000;

/// One link to a message centre. Cheap to share; lives until [`SmppClient::stop`] or the token given at the start.
pub struct SmppClient {
    config: SmppConfig,
    jobs: mpsc::Sender<Job>,
    status: watch::Receiver<ProviderStatus>,
    events: Mutex<Option<mpsc::Receiver<ProviderEvent>>>,
    reference: AtomicU8,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl SmppClient {
    /// Starts connecting in the background. Ends when `stop` is cancelled.
    #[must_use]
    pub fn start(config: SmppConfig, stop: CancellationToken) -> Self {
        let (jobs, jobs_in) = mpsc::channel(config.queue.max(1));
        let (events_out, events) = mpsc::channel(MAX_EVENTS);
        let (status_out, status) = watch::channel(ProviderStatus::new(LinkState::Connecting));
        let task = tokio::spawn(supervise(
            config.clone(),
            jobs_in,
            events_out,
            status_out,
            stop.clone(),
        ));
        Self {
            config,
            jobs,
            status,
            events: Mutex::new(Some(events)),
            // A random start: a restart must not number parts like the last messages before it.
            reference: AtomicU8::new(rand::rng().random()),
            stop,
            task: Mutex::new(Some(task)),
        }
    }

    /// Lets in-flight submits land, unbinds and ends. Messages still waiting come back as not sent.
    pub async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().ok().and_then(|mut task| task.take());
        if let Some(task) = task {
            // The task does not panic; were it aborted, it is ended as well.
            let _ = task.await;
        }
    }

    /// The bodies of a message, ready to be sent: what does not fit is refused before anything leaves.
    fn parts(&self, sms: &OutgoingSms) -> Result<VecDeque<Bytes>, SubmitError> {
        let reference = self.reference.fetch_add(1, Ordering::Relaxed);
        let final_ = |reason: String| SubmitError::Rejected {
            code: 0,
            reason,
            final_: true,
        };
        let destination =
            destination(&sms.to_e164).ok_or_else(|| final_("the number is not E.164".into()))?;
        let source = source(sms.sender.as_deref().unwrap_or(&self.config.sender));
        let (coding, parts) = encoding::split(&sms.text, reference, self.config.max_parts)
            .map_err(|error| final_(error.to_string()))?;
        let body = |part: encoding::Part| {
            let message = ShortMessage {
                source: source.clone(),
                destination: destination.clone(),
                esm_class: if part.has_header { ESM_UDHI } else { 0 },
                registered_delivery: 1,
                data_coding: coding.data_coding(),
                short_message: part.octets,
                ..ShortMessage::default()
            };
            message.encode().map_err(|error| final_(error.to_string()))
        };
        parts.into_iter().map(body).collect()
    }
}

/// International number: TON 1, NPI 1, no plus sign.
fn destination(e164: &str) -> Option<Address> {
    let digits = e164.strip_prefix('+')?;
    let valid = (7..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    valid.then(|| Address {
        ton: 1,
        npi: 1,
        digits: digits.to_owned(),
    })
}

/// A name (TON 5), an international number (1) or a short code (0).
fn source(sender: &str) -> Address {
    let digits = sender.strip_prefix('+').unwrap_or(sender);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Address {
            ton: 5,
            npi: 0,
            digits: sender.to_owned(),
        };
    }
    Address {
        ton: u8::from(digits.len() > 6),
        npi: 1,
        digits: digits.to_owned(),
    }
}

#[async_trait]
impl SmsProvider for SmppClient {
    async fn submit(&self, sms: OutgoingSms, token: GateToken) -> Result<Submitted, SubmitError> {
        if !token.covers(sms.message_id) {
            return Err(SubmitError::NotSent("the gate cleared another message".into()));
        }
        let parts = self.parts(&sms)?;
        let (reply, answer) = oneshot::channel();
        let job = Job {
            message_id: sms.message_id,
            recipient: sms.to_e164,
            total: parts.len(),
            parts,
            accepted: Vec::new(),
            deadline: Instant::now() + self.config.queue_timeout,
            reply,
        };
        self.jobs.try_send(job).map_err(|error| {
            SubmitError::NotSent(match error {
                mpsc::error::TrySendError::Full(_) => "the queue to the provider is full".to_owned(),
                mpsc::error::TrySendError::Closed(_) => "the link is stopped".to_owned(),
            })
        })?;
        answer.await.unwrap_or_else(|_| {
            let reason = "the link ended without an answer".to_owned();
            Err(SubmitError::Unknown {
                reason,
                provider_ids: Vec::new(),
            })
        })
    }

    fn status(&self) -> watch::Receiver<ProviderStatus> {
        self.status.clone()
    }

    fn take_events(&self) -> Option<mpsc::Receiver<ProviderEvent>> {
        self.events.lock().ok().and_then(|mut events| events.take())
    }
}

async fn supervise(
    config: SmppConfig,
    mut jobs: mpsc::Receiver<Job>,
    events: mpsc::Sender<ProviderEvent>,
    status: watch::Sender<ProviderStatus>,
    stop: CancellationToken,
) {
    let mut queue = Queue::new(&config);
    let mut pause = config.backoff_first;
    while !stop.is_cancelled() {
        let sessions = status.borrow().sessions;
        let trouble = match connect(&config, &stop).await {
            Ok(stream) => {
                let line = Line {
                    config: &config,
                    queue: &mut queue,
                    jobs: &mut jobs,
                    events: &events,
                    status: &status,
                    stop: &stop,
                };
                Session::run(stream, line).await
            }
            Err(end) => end,
        };
        if matches!(trouble, End::Stopped) {
            break;
        }
        if status.borrow().sessions > sessions {
            pause = config.backoff_first;
        }
        let refused = matches!(trouble, End::Refused { .. });
        tracing::warn!(trouble = %trouble, host = %config.host, port = config.port, "SMPP link is down");
        status.send_modify(|status| {
            status.state = if refused {
                LinkState::Refused
            } else {
                LinkState::Down
            };
            status.trouble = Some(trouble.to_string());
        });
        let jitter = pause.mul_f64(rand::rng().random_range(0.5..1.0));
        if !wait(&config, &mut queue, &mut jobs, &stop, Instant::now() + jitter).await {
            break;
        }
        pause = (pause * 2).min(config.backoff_most);
        if !refused {
            status.send_modify(|status| status.state = LinkState::Connecting);
        }
    }
    jobs.close();
    while let Some(job) = jobs.recv().await {
        queue.jobs.push_back(job);
    }
    for job in queue.jobs.drain(..) {
        job.give_up("the link is stopped");
    }
    status.send_modify(|status| status.state = LinkState::Stopped);
}

async fn connect(config: &SmppConfig, stop: &CancellationToken) -> Result<Box<dyn Wire>, End> {
    let connecting = timeout(
        config.connect_timeout,
        TcpStream::connect((config.host.as_str(), config.port)),
    );
    let stream = tokio::select! {
        connected = connecting => connected.map_err(|_| End::Silent(config.connect_timeout))?,
        () = stop.cancelled() => return Err(End::Stopped),
    };
    let stream = stream.map_err(|error| End::Broken(error.into()))?;
    // Small PDUs, each awaited: without this every one of them waits for an acknowledgement.
    stream
        .set_nodelay(true)
        .map_err(|error| End::Broken(error.into()))?;
    let Some(trust) = &config.tls else {
        return Ok(Box::new(stream));
    };
    let securing = timeout(config.connect_timeout, trust.connect(&config.host, stream));
    let secured = tokio::select! {
        secured = securing => secured.map_err(|_| End::Silent(config.connect_timeout))?,
        () = stop.cancelled() => return Err(End::Stopped),
    };
    Ok(Box::new(secured.map_err(|error| End::Broken(error.into()))?))
}

/// Sits out a pause, still taking new messages and giving back those that waited too long. `false`: nobody is left to
/// send for.
async fn wait(
    config: &SmppConfig,
    queue: &mut Queue,
    jobs: &mut mpsc::Receiver<Job>,
    stop: &CancellationToken,
    until: Instant,
) -> bool {
    while Instant::now() < until && !stop.is_cancelled() {
        queue.expire(config, Instant::now());
        let room = queue.jobs.len() < config.queue;
        let wake = queue.next_deadline(config).map_or(until, |due| due.min(until));
        let wake = wake.max(Instant::now() + Duration::from_millis(1));
        tokio::select! {
            job = jobs.recv(), if room => match job {
                Some(job) => queue.jobs.push_back(job),
                None => return false,
            },
            () = sleep_until(wake) => {}
            () = stop.cancelled() => {}
        }
    }
    true
}
